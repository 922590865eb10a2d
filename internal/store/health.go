package store

import (
	"context"
	"fmt"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// Finding is how many things are in a state that somebody should know of, and since when
// the oldest of them is; nil where there is none.
type Finding struct {
	Count  int
	Oldest *time.Time
}

func (s *Store) finding(ctx context.Context, what, sql string, args ...any) (f Finding, err error) {
	err = s.looking(ctx, func(tx *Tx) (err error) {
		f, err = one[Finding](ctx, tx, sql, args...)
		return err
	})
	if err != nil {
		return f, fmt.Errorf("look for %s: %w", what, err)
	}
	return f, nil
}

// looking reads what a partial index holds little of when all is well, and looks the rest up
// row by row. PostgreSQL cannot know how little that is, and would read whole tables.
func (s *Store) looking(ctx context.Context, read func(*Tx) error) error {
	return s.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.exec(ctx, "plan row by row", `select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
			set_config('max_parallel_workers_per_gather', '0', true)`); err != nil {
			return err
		}
		return read(tx)
	})
}

// speaking keeps the steps p of invoices i, with customer c and creditor cr, about which anybody may speak on
// day $2: those that nothing pauses.
const speaking = `i.closed_outcome is null and not cr.stopped and i.no_chase_reason is null and c.no_chase_reason is null
	and not exists (select 1 from dispute d where d.invoice_id = p.invoice_id and d.resolved_at is null)
	and not exists (select 1 from promise pr where pr.invoice_id = i.id and pr.status = 'open' and pr.holds_until >= $2)
	and not exists (select 1 from hold h where h.customer_id = i.customer_id and h.released_at is null
		and (h.invoice_id is null or h.invoice_id = i.id) and (h.until_day is null or h.until_day >= $2))`

// currentStep keeps the step p that its case has come to.
const currentStep = `not exists (select 1 from plan_step e where e.invoice_id = p.invoice_id and e.run_no = p.run_no and e.position < p.position
	and e.state in ('pending', 'waiting'))`

const ofCase = ` join invoice i on i.id = p.invoice_id and i.current_run = p.run_no join customer c on c.id = i.customer_id
	join creditor cr on cr.id = i.creditor_id`

// OverdueSteps finds the steps that should have been done before a moment and were not: current
// ones of open cases that nothing pauses. One that was told to wait counts from the end of that.
func (s *Store) OverdueSteps(ctx context.Context, scope Scope, before time.Time, today calendar.Date) (Finding, error) {
	// What is paused is left out before its other steps are looked up: it costs a sixth.
	late := func(since, condition string) string {
		return `select p.` + since + ` as since from (select p.invoice_id, p.run_no, p.position, p.at, p.not_before from plan_step p` + ofCase + ` where ` + condition + ` and ` + speaking + `
			and ($3::text[] is null or i.creditor_id = any($3)) offset 0) p where ` + currentStep
	}
	return s.finding(ctx, "overdue steps", `select count(*)::int as count, min(since) as oldest from (`+
		late("at", `p.state in ('pending', 'waiting') and p.at < $1 and p.state = 'pending'`)+` union all `+
		late("not_before", `p.state = 'waiting' and p.not_before < $1`)+`) found`, before, today, scope.filter())
}

// UncertainSends finds messages that were claimed before a moment and of which nobody knows yet
// whether they left.
func (s *Store) UncertainSends(ctx context.Context, scope Scope, before time.Time) (Finding, error) {
	return s.finding(ctx, "uncertain sends", `select count(*)::int as count, min(claimed_at) as oldest from message
		where status = 'sending' and delivery = '' and claimed_at < $1 and ($2::text[] is null or creditor_id = any($2))`, before, scope.filter())
}

// Sending is what is known of the messages of one channel since a moment.
type Sending struct {
	Channel         dunning.Channel
	LastTaken       *time.Time // when the newest message was claimed that the provider took
	Failures        int        // attempts after it that the provider did not take, or did not answer
	FirstFailure    *time.Time
	LastFailure     *time.Time
	Attempts        int // since the other moment
	Rejected        int // of these, refused for good
	FirstRejected   *time.Time
	LastReported    *time.Time // when the newest message was claimed on which the provider reported
	Unreported      int        // messages sent after it, before the third moment
	FirstUnreported *time.Time
}

// taken, failed and refused are what became of an attempt m.
const (
	taken   = `(m.status = 'sent' or m.delivery <> '')`
	refused = `(m.status = 'not_sent' and m.error_code like 'rejected:%')`
	failed  = `(m.delivery = '' and m.error_code <> '' and (m.status in ('sending', 'uncertain')
		or (m.status = 'not_sent' and m.error_code not like 'rejected:%' and m.error_code not in ('rate_limit', 'canceled'))))`
)

// SendingMoments are from when on SendingByChannel looks at what.
type SendingMoments struct {
	Since         time.Time // nothing before it counts
	RejectedSince time.Time
	ReportedUntil time.Time // later messages may still be reported on
}

// SendingByChannel tells how the providers do, one line for each channel that was used.
func (s *Store) SendingByChannel(ctx context.Context, scope Scope, at SendingMoments) ([]Sending, error) {
	const newest = `(select m.claimed_at from message m where m.creditor_id = cr.id and m.channel = ch.channel and m.status <> 'shadow'
		and m.claimed_at >= $1 and %s order by m.claimed_at desc limit 1)`
	var lines []Sending
	err := s.looking(ctx, func(tx *Tx) (err error) {
		lines, err = list[Sending](ctx, tx, `with used as (
			select cr.id, ch.channel, `+fmt.Sprintf(newest, taken)+` as taken_at, `+fmt.Sprintf(newest, `m.delivery <> ''`)+` as reported_at
			from creditor cr cross join (values ('email'), ('sms')) as ch (channel) where ($2::text[] is null or cr.id = any($2))),
		account as (select channel, max(taken_at) as taken_at, max(reported_at) as reported_at from used group by channel)
		select a.channel, a.taken_at as last_taken,
			count(*) filter (where `+failed+` and m.claimed_at > coalesce(a.taken_at, $1))::int as failures,
			min(m.claimed_at) filter (where `+failed+` and m.claimed_at > coalesce(a.taken_at, $1)) as first_failure,
			max(m.claimed_at) filter (where `+failed+` and m.claimed_at > coalesce(a.taken_at, $1)) as last_failure,
			count(*) filter (where m.claimed_at >= $3)::int as attempts,
			count(*) filter (where `+refused+` and m.claimed_at >= $3)::int as rejected,
			min(m.claimed_at) filter (where `+refused+` and m.claimed_at >= $3) as first_rejected,
			a.reported_at as last_reported,
			count(*) filter (where m.status = 'sent' and m.delivery = '' and m.claimed_at > coalesce(a.reported_at, $1) and m.claimed_at < $4)::int as unreported,
			min(m.claimed_at) filter (where m.status = 'sent' and m.delivery = '' and m.claimed_at > coalesce(a.reported_at, $1) and m.claimed_at < $4) as first_unreported
		from account a join used u on u.channel = a.channel
		cross join lateral (select * from message m where m.creditor_id = u.id and m.channel = u.channel and m.status <> 'shadow'
			and m.claimed_at >= least(coalesce(a.taken_at, $1), coalesce(a.reported_at, $1), $3) offset 0) m
		group by a.channel, a.taken_at, a.reported_at order by a.channel`, at.Since, scope.filter(), at.RejectedSince, at.ReportedUntil)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look at the providers: %w", err)
	}
	return lines, nil
}

// Waits counts the current steps of open cases that wait, by their reason.
func (s *Store) Waits(ctx context.Context, scope Scope) (map[dunning.Reason]int, error) {
	type line struct {
		Reason dunning.Reason
		Count  int
	}
	var rows []line
	err := s.looking(ctx, func(tx *Tx) (err error) {
		rows, err = list[line](ctx, tx, `select p.reason, count(*)::int as count from plan_step p join invoice i on i.id = p.invoice_id and i.current_run = p.run_no
		where p.state = 'waiting' and i.closed_outcome is null and ($1::text[] is null or i.creditor_id = any($1)) group by p.reason`, scope.filter())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count waiting steps: %w", err)
	}
	waits := make(map[dunning.Reason]int, len(rows))
	for _, r := range rows {
		waits[r.Reason] = r.Count
	}
	return waits, nil
}

// PaymentData is what a creditor that wants fresh payment data has.
type PaymentData struct {
	CreditorID string
	Known      *calendar.Date // the last day that is covered
	Overdue    bool           // it has an open invoice that is overdue
	Waiting    int            // steps that wait for the data
}

// PaymentDataOf lists the creditors that want fresh payment data and are not stopped.
func (s *Store) PaymentDataOf(ctx context.Context, scope Scope, today calendar.Date) ([]PaymentData, error) {
	var lines []PaymentData
	err := s.looking(ctx, func(tx *Tx) (err error) {
		lines, err = list[PaymentData](ctx, tx, `select cr.id as creditor_id, cr.payments_known_until as known,
			exists (select 1 from invoice i where i.creditor_id = cr.id and i.closed_outcome is null and i.due_date < $1) as overdue,
			(select count(*) from plan_step p join invoice i on i.id = p.invoice_id and i.current_run = p.run_no
				where p.state = 'waiting' and p.reason = 'bank_data_stale' and i.creditor_id = cr.id and i.closed_outcome is null)::int as waiting
		from creditor cr where cr.fresh_payments_required and not cr.stopped and ($2::text[] is null or cr.id = any($2)) order by cr.id`,
			today, scope.filter())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look at payment data: %w", err)
	}
	return lines, nil
}

// UnheardFacts finds facts of which a workflow has not heard after some time of the wall clock.
func (s *Store) UnheardFacts(ctx context.Context, scope Scope, after time.Duration) (Finding, error) {
	return s.finding(ctx, "stuck outbox rows", `select count(*)::int as count, min(m.created_at) as oldest from workflow_message m
		where m.delivered_at is null and m.created_at < now() - make_interval(secs => $1)
			and ($2::text[] is null or exists (select 1 from invoice i where i.id = m.invoice_id and i.creditor_id = any($2)))`,
		after.Seconds(), scope.filter())
}

// UntakenEvents finds deliveries to webhooks that were not taken after some time of the wall clock,
// and webhooks that were given up.
func (s *Store) UntakenEvents(ctx context.Context, scope Scope, after time.Duration) (Finding, error) {
	return s.finding(ctx, "untaken events", `select count(*)::int as count, min(since) as oldest from (
		select d.created_at as since from webhook_delivery d join webhook_endpoint e on e.id = d.endpoint_id
		where d.state = 'open' and not d.test and e.status = 'active' and d.created_at < now() - make_interval(secs => $1)
			and ($2::text[] is null or e.creditor_id = any($2))
		union all
		select e.disabled_at from webhook_endpoint e where e.status = 'disabled' and ($2::text[] is null or e.creditor_id = any($2))) found`,
		after.Seconds(), scope.filter())
}

// CasesWithoutWorkflow finds what the last reconcile found: open invoices whose case runs no more.
func (s *Store) CasesWithoutWorkflow(ctx context.Context, scope Scope) (Finding, error) {
	return s.finding(ctx, "cases without a workflow", `select count(*)::int as count, min(r.missing_since) as oldest from collection_run r
		where r.missing_since is not null and r.closed_at is null
			and ($1::text[] is null or exists (select 1 from invoice i where i.id = r.invoice_id and i.creditor_id = any($1)))`, scope.filter())
}

// UnreachableCustomers finds customers with an open invoice whom no address or mobile reaches that
// can be used, but for those that are not chased. Those who silenced a channel are few and looked at
// by themselves.
func (s *Store) UnreachableCustomers(ctx context.Context, scope Scope) (Finding, error) {
	const (
		owing  = `c.no_chase_reason is null and exists (select 1 from invoice i where i.customer_id = c.id and i.closed_outcome is null)`
		email  = `(k.email <> '' and k.email_failed_at is null%s)`
		mobile = `(k.mobile <> '' and k.mobile_billing and k.mobile_failed_at is null%s)`
		silent = ` and not exists (select 1 from channel_silence q where q.customer_id = k.customer_id and q.channel = '%s' and q.lifted_at is null)`
	)
	reached := func(email, mobile string) string {
		return `exists (select 1 from contact k where k.customer_id = c.id and (` + email + ` or ` + mobile + `))`
	}
	f, err := one[Finding](ctx, s.pool, `select count(*)::int as count, min(created_at) as oldest from (
			select c.id, c.creditor_id, c.created_at from customer c where `+owing+`
				and not `+reached(fmt.Sprintf(email, ""), fmt.Sprintf(mobile, ""))+`
			union
			select c.id, c.creditor_id, c.created_at from channel_silence s join customer c on c.id = s.customer_id where s.lifted_at is null and `+owing+`
				and not `+reached(fmt.Sprintf(email, fmt.Sprintf(silent, "email")), fmt.Sprintf(mobile, fmt.Sprintf(silent, "sms")))+`) u
		where $1::text[] is null or creditor_id = any($1)`, scope.filter())
	if err != nil {
		return f, fmt.Errorf("look for unreachable customers: %w", err)
	}
	return f, nil
}

// MarkMissing notes that an open case runs no more, with the status of its execution.
func MarkMissing(run OpenRun, status string, at time.Time) Write {
	return statement(`update collection_run set missing_since = coalesce(missing_since, $3), missing_status = $4 where invoice_id = $1 and run_no = $2`,
		run.InvoiceID, run.RunNo, at, status)
}

// MarkFound notes that a case runs after all.
func (s *Store) MarkFound(ctx context.Context, run OpenRun) error {
	if _, err := s.pool.Exec(ctx, `update collection_run set missing_since = null, missing_status = '' where invoice_id = $1 and run_no = $2`,
		run.InvoiceID, run.RunNo); err != nil {
		return fmt.Errorf("mark case as found: %w", err)
	}
	return nil
}

// MarkLoop notes that a loop did its work now, by the wall clock.
func (s *Store) MarkLoop(ctx context.Context, name string) error {
	_, err := s.pool.Exec(ctx, `insert into loop_mark (name, marked_at) values ($1, clock_timestamp())
		on conflict (name) do update set marked_at = excluded.marked_at`, name)
	if err != nil {
		return fmt.Errorf("mark loop: %w", err)
	}
	return nil
}

// LoopMark is when a loop last did its work, and how long ago that is; At is nil if it never did.
type LoopMark struct {
	At  *time.Time
	Ago time.Duration
}

// LoopMarkOf reads it.
func (s *Store) LoopMarkOf(ctx context.Context, name string) (LoopMark, error) {
	var at *time.Time
	var seconds float64
	err := s.pool.QueryRow(ctx, `select max(marked_at), coalesce(extract(epoch from clock_timestamp() - max(marked_at)), 0)::float8 from loop_mark where name = $1`,
		name).Scan(&at, &seconds)
	if err != nil {
		return LoopMark{}, fmt.Errorf("read mark of a loop: %w", err)
	}
	return LoopMark{At: at, Ago: time.Duration(seconds * float64(time.Second))}, nil
}
