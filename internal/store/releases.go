package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// ReleaseItem is a step that a person may release for a day.
type ReleaseItem struct {
	InvoiceID  uuid.UUID
	Step       dunning.StepID
	Occurrence int
	Day        calendar.Date
}

// ReleaseLine is a message to a customer that waits for its release, as a person looks at it.
type ReleaseLine struct {
	InvoiceID       uuid.UUID
	Step            dunning.StepID
	Stage           dunning.Stage
	Occurrence      int
	LocalDate       calendar.Date // the customer's day for which it is planned
	Number          string
	CustomerID      uuid.UUID
	CustomerName    string
	Currency        money.Currency
	OpenMinor       int64
	DueDate         calendar.Date
	PolicyVersionID uuid.UUID
	Version         string         // changes when what the message says, or to whom, does
	Silent          dunning.Reason // why it does not go although it is due; empty: it waits for its release
	Released        bool           // for the day, as it is now
	Removed         string         // why a person took it out of the day's batch; empty: nobody did
	ListedBefore    bool           // it stood on the list of the day before
}

// releaseVersion is what a person releases of a step of invoice i: the amount, the dates, the
// policy, and where the customer can be reached.
func releaseVersion(step, occurrence string) string {
	return `left(encode(sha256(convert_to(concat_ws('|', i.id, ` + step + `, ` + occurrence + `, i.open_minor, i.currency, i.due_date, i.policy_version_id,
		(select string_agg(concat_ws(',', k.id, k.role, k.email, k.mobile, k.mobile_billing, k.email_failed_at is null, k.mobile_failed_at is null), ';' order by k.id)
			from contact k where k.customer_id = i.customer_id and (k.invoice_id is null or k.invoice_id = i.id))), 'UTF8')), 'hex'), 16)`
}

// released is the condition that step $4 of invoice $3, occurrence $5, was released for day $2
// as it is now. Releases from before there were versions have none.
//
//nolint:gochecknoglobals // a constant in all but name
var released = `exists (select 1 from release_item r join invoice i on i.id = r.invoice_id where r.invoice_id = $3 and r.step = $4
		and r.occurrence = $5 and r.day = $2 and (r.version = '' or r.version = ` + releaseVersion("r.step", "r.occurrence") + `))`

// lastListed is the day before $2 on which steps of creditor $1 waited for their release.
const lastListed = `(select max(day) from release_wait where creditor_id = $1 and day < $2)`

// ReleaseLines lists the current message steps of a creditor that are due on or before a day,
// those that do not go and those that were released among them.
func (s *Store) ReleaseLines(ctx context.Context, creditor string, day calendar.Date) ([]ReleaseLine, error) {
	return list[ReleaseLine](ctx, s.pool, `select p.invoice_id, p.step, p.stage, p.occurrence, coalesce(p.local_date, $2) as local_date, i.number, i.customer_id,
			c.legal_name as customer_name, i.currency, i.open_minor, i.due_date, i.policy_version_id, `+releaseVersion("p.step", "p.occurrence")+` as version,
			case when p.action = 'send_copy' then ''
				when exists (select 1 from dispute d where d.invoice_id = i.id and d.resolved_at is null) then 'disputed'
				when i.no_chase_reason is not null or c.no_chase_reason is not null then 'do_not_chase'
				when exists (select 1 from hold h where h.customer_id = i.customer_id and h.released_at is null
					and (h.invoice_id is null or h.invoice_id = i.id) and (h.until_day is null or h.until_day >= $2)) then 'held'
				when exists (select 1 from promise pr where pr.invoice_id = i.id and pr.status = 'open' and pr.holds_until >= $2) then 'promise_pending'
				when p.action = 'message' and `+covered+` then 'credit_covers'
				else '' end as silent,
			exists (select 1 from release_item r where r.invoice_id = p.invoice_id and r.step = p.step and r.occurrence = p.occurrence and r.day = $2
				and (r.version = '' or r.version = `+releaseVersion("p.step", "p.occurrence")+`)) as released,
			coalesce((select x.reason from release_exclusion x join release r on r.id = x.release_id where x.invoice_id = i.id and r.day = $2
				order by r.id desc limit 1), '') as removed,
			exists (select 1 from release_wait w where w.creditor_id = $1 and w.day = `+lastListed+` and w.invoice_id = i.id and w.step = p.step
				and w.occurrence = p.occurrence) as listed_before
		from plan_step p join invoice i on i.id = p.invoice_id and i.current_run = p.run_no join customer c on c.id = i.customer_id
		where i.creditor_id = $1 and i.closed_outcome is null and i.sending = case when p.action = 'send_invoice' then 'send_here' else i.sending end
			and p.action in ('send_invoice', 'send_copy', 'message') and p.state in ('pending', 'waiting')
			and (p.local_date <= $2 or (p.state = 'waiting' and p.reason = 'not_released'))
			and not exists (select 1 from plan_step e where e.invoice_id = p.invoice_id and e.run_no = p.run_no and e.position < p.position
				and e.state in ('pending', 'waiting'))
		order by i.customer_id, p.invoice_id`, creditor, day)
}

// GoneLine is a step that stood on the list of the day before and does not any more.
type GoneLine struct {
	InvoiceID    uuid.UUID
	Number       string
	CustomerName string
	Step         dunning.StepID
	Occurrence   int
	Currency     money.Currency
	OpenMinor    int64
	State        StepState
	Reason       dunning.Reason
	Outcome      dunning.Reason // of the invoice, if it is closed
}

// ListedBefore answers the newest day before the given one on which steps waited for their
// release, with these steps as they stand now; the zero date if there is none.
func (s *Store) ListedBefore(ctx context.Context, creditor string, day calendar.Date) (calendar.Date, []GoneLine, error) {
	var before *calendar.Date
	var lines []GoneLine
	b := &pgx.Batch{}
	b.Queue(`select `+lastListed, creditor, day).QueryRow(func(row pgx.Row) error { return row.Scan(&before) })
	b.Queue(`select w.invoice_id, i.number, c.legal_name as customer_name, w.step, w.occurrence, i.currency, i.open_minor,
			coalesce(p.state, 'skipped') as state, coalesce(p.reason, 'not_applicable') as reason, coalesce(i.closed_outcome, '') as outcome
		from release_wait w join invoice i on i.id = w.invoice_id join customer c on c.id = i.customer_id
		left join plan_step p on p.invoice_id = w.invoice_id and p.run_no = i.current_run and p.step = w.step and p.occurrence = w.occurrence
		where w.creditor_id = $1 and w.day = `+lastListed+` order by i.customer_id, w.invoice_id`, creditor, day).Query(all(&lines))
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return calendar.Date{}, nil, fmt.Errorf("read the list before: %w", err)
	}
	if before == nil {
		return calendar.Date{}, nil, nil
	}
	return *before, lines, nil
}

// NoteUnreleased keeps that a step waited for its release on a day; twice is once.
func NoteUnreleased(creditor string, i ReleaseItem) Write {
	return statement(`insert into release_wait (creditor_id, day, invoice_id, step, occurrence) values ($1, $2, $3, $4, $5) on conflict do nothing`,
		creditor, i.Day, i.InvoiceID, i.Step, i.Occurrence)
}

// InsertRelease adds a release.
func (tx *Tx) InsertRelease(ctx context.Context, id uuid.UUID, creditor string, day calendar.Date, by string, at time.Time) error {
	return tx.exec(ctx, "insert release", `insert into release (id, creditor_id, day, released_by, released_at) values ($1, $2, $3, $4, $5)`, id, creditor, day, by, at)
}

// InsertReleaseExclusion notes what was taken out of a batch.
func (tx *Tx) InsertReleaseExclusion(ctx context.Context, release, invoice uuid.UUID, reason string) error {
	return tx.exec(ctx, "exclude from release", `insert into release_exclusion (release_id, invoice_id, reason)
		select $1, i.id, $3 from invoice i join release r on r.id = $1 and r.creditor_id = i.creditor_id where i.id = $2
		on conflict do nothing`, release, invoice, reason)
}

// InsertReleaseItem frees a step for a day if it still is as the version says; a release of the
// same day of what it was before is replaced. It reports whether it is.
func (tx *Tx) InsertReleaseItem(ctx context.Context, release uuid.UUID, item ReleaseItem, version string) (same bool, err error) {
	tag, err := tx.Exec(ctx, `insert into release_item (release_id, invoice_id, step, occurrence, day, version, open_minor)
		select $1, i.id, $3, $4, $5, $6, i.open_minor from invoice i where i.id = $2 and $6 = `+releaseVersion("$3::text", "$4::int")+`
		on conflict (invoice_id, step, occurrence, day) do update
			set release_id = excluded.release_id, version = excluded.version, open_minor = excluded.open_minor`,
		release, item.InvoiceID, item.Step, item.Occurrence, item.Day, version)
	if err != nil {
		return false, fmt.Errorf("release step: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// ReleasedOn says which invoices' steps were released for a day.
func (s *Store) ReleasedOn(ctx context.Context, creditor string, day calendar.Date) (map[uuid.UUID]bool, error) {
	rows, err := list[struct{ InvoiceID uuid.UUID }](ctx, s.pool, `select i.invoice_id from release r join release_item i on i.release_id = r.id
		where r.creditor_id = $1 and r.day = $2`, creditor, day)
	ids := make(map[uuid.UUID]bool, len(rows))
	for _, r := range rows {
		ids[r.InvoiceID] = true
	}
	return ids, err
}

// ReleaseRow is a release with how much it let go.
type ReleaseRow struct {
	ID         uuid.UUID
	CreditorID string
	Day        calendar.Date
	ReleasedBy string
	ReleasedAt time.Time
	Released   int
	Excluded   int
}

const releaseRow = `select r.id, r.creditor_id, r.day, r.released_by, r.released_at,
	(select count(*) from release_item i where i.release_id = r.id)::int as released,
	(select count(*) from release_exclusion x where x.release_id = r.id)::int as excluded from release r`

// FindReleases lists the releases of a creditor, newest first.
func (s *Store) FindReleases(ctx context.Context, creditor string, p Page) ([]ReleaseRow, error) {
	w := &where{}
	w.add("r.creditor_id = $%d", creditor)
	if p.After != uuid.Nil {
		w.add("r.id < $%d", p.After)
	}
	return list[ReleaseRow](ctx, s.pool, releaseRow+w.sql()+" order by r.id desc"+w.limit(p.Limit), w.args...)
}

// ReleasedLine is a step that a release let go, or an invoice that it left out.
type ReleasedLine struct {
	InvoiceID uuid.UUID
	Number    string
	Step      dunning.StepID
	Version   string
	Currency  money.Currency
	OpenMinor *int64
	State     StepState // where the step stands now
	Reason    dunning.Reason
	Removed   string // why a person left it out
}

// FindRelease reads a release with its lines.
func (s *Store) FindRelease(ctx context.Context, scope Scope, id uuid.UUID) (ReleaseRow, []ReleasedLine, error) {
	row, err := one[ReleaseRow](ctx, s.pool, releaseRow+` where r.id = $1 and ($2::text[] is null or r.creditor_id = any($2))`, id, scope.filter())
	if err != nil {
		return row, nil, err
	}
	lines, err := list[ReleasedLine](ctx, s.pool, `select r.invoice_id, i.number, r.step, r.version, i.currency, r.open_minor,
			coalesce(p.state, '') as state, coalesce(p.reason, '') as reason, '' as removed
		from release_item r join invoice i on i.id = r.invoice_id
		left join plan_step p on p.invoice_id = r.invoice_id and p.run_no = i.current_run and p.step = r.step and p.occurrence = r.occurrence
		where r.release_id = $1
		union all select x.invoice_id, i.number, '', '', i.currency, null, '', '', x.reason from release_exclusion x join invoice i on i.id = x.invoice_id
		where x.release_id = $1 order by 2`, id)
	return row, lines, err
}
