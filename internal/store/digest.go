package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// Period is a stretch of business time: from its beginning, which belongs to it, to its end, which
// does not.
type Period struct{ From, Until time.Time }

// SentLine is what became of a creditor's messages of one template and channel.
type SentLine struct {
	Template  string
	Channel   dunning.Channel
	Sent      int // taken by the provider
	Delivered int
	Bounced   int // or complained about
	Uncertain int // nobody knows yet whether they left
	NotTaken  int // attempts that the provider did not take or refused
}

// SentIn lists what became of the messages that were claimed in a period.
func (s *Store) SentIn(ctx context.Context, creditor string, in Period) ([]SentLine, error) {
	lines, err := list[SentLine](ctx, s.pool, `select m.template, m.channel, count(*) filter (where `+taken+`)::int as sent,
			count(*) filter (where m.delivery = 'delivered')::int as delivered,
			count(*) filter (where m.delivery in ('bounced', 'complained'))::int as bounced,
			count(*) filter (where m.delivery = '' and m.status in ('sending', 'uncertain'))::int as uncertain,
			count(*) filter (where m.delivery = '' and m.status = 'not_sent')::int as not_taken
		from message m where m.creditor_id = $1 and m.channel in ('email', 'sms') and m.status <> 'shadow' and m.copy_of is null
			and m.claimed_at >= $2 and m.claimed_at < $3 group by m.template, m.channel order by m.template, m.channel`, creditor, in.From, in.Until)
	if err != nil {
		return nil, fmt.Errorf("read what was sent: %w", err)
	}
	return lines, nil
}

// UnsentLine is how many steps did not go out for one reason, with some of their invoices.
type UnsentLine struct {
	State    string // waiting, failed or skipped
	Reason   string
	Count    int
	Invoices []string // numbers, at most five
}

// UnsentIn lists the steps that were due by a day and did not go out: those that still wait, and
// those that failed or were skipped in a period. What a case's closing skipped of later days is not
// among them.
func (s *Store) UnsentIn(ctx context.Context, creditor string, in Period, day calendar.Date) (lines []UnsentLine, err error) {
	err = s.looking(ctx, func(tx *Tx) (err error) {
		lines, err = list[UnsentLine](ctx, tx, `with unsent as (
			select 'waiting' as state, i.number, case
					when cr.stopped then 'stopped'
					when exists (select 1 from dispute d where d.invoice_id = i.id and d.resolved_at is null) then 'disputed'
					when i.no_chase_reason is not null or c.no_chase_reason is not null then 'do_not_chase'
					when exists (select 1 from hold h where h.customer_id = i.customer_id and h.released_at is null
						and (h.invoice_id is null or h.invoice_id = i.id) and (h.until_day is null or h.until_day >= $4)) then 'held'
					when p.state = 'waiting' then p.reason else 'not_done' end as reason
			from plan_step p`+ofCase+` where p.state in ('pending', 'waiting') and p.at < $3 and p.local_date <= $4 and i.creditor_id = $1
				and i.closed_outcome is null and `+currentStep+`
			union all
			select p.state, i.number, p.reason from plan_step p join invoice i on i.id = p.invoice_id
			where p.state in ('failed', 'skipped') and p.done_at >= $2 and p.done_at < $3 and p.local_date <= $4 and i.creditor_id = $1)
		select state, reason, count(*)::int as count, (array_agg(number order by number))[1:5] as invoices from unsent
		group by state, reason order by state = 'skipped', state desc, count(*) desc, reason`, creditor, in.From, in.Until, day)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what was not sent: %w", err)
	}
	return lines, nil
}

// ComingLine is how many steps of a stage are to be done, and about how much.
type ComingLine struct {
	Stage    dunning.Stage
	Action   dunning.Do
	Currency money.Currency
	Count    int
	Open     int64 // minor units
}

// Coming lists the steps that nothing holds up and that are due before a moment, from another on.
func (s *Store) Coming(ctx context.Context, creditor string, today calendar.Date, before time.Time) (lines []ComingLine, err error) {
	err = s.looking(ctx, func(tx *Tx) (err error) {
		lines, err = list[ComingLine](ctx, tx, `select p.stage, p.action, i.currency, count(*)::int as count, sum(i.open_minor)::bigint as open
			from plan_step p`+ofCase+` where p.state in ('pending', 'waiting') and p.at < $3 and i.creditor_id = $1
				and (p.state = 'pending' or p.not_before < $3) and `+speaking+` and `+currentStep+`
			group by p.stage, p.action, i.currency order by min(p.position), p.stage, p.action, i.currency`, creditor, today, before)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what comes: %w", err)
	}
	return lines, nil
}

// OpenTaskLine is how many tasks of a kind are open.
type OpenTaskLine struct {
	Kind   string
	Count  int
	Oldest time.Time
}

// OpenTasksOf counts a role's open tasks of a creditor.
func (s *Store) OpenTasksOf(ctx context.Context, creditor string, role dunning.Role) ([]OpenTaskLine, error) {
	lines, err := list[OpenTaskLine](ctx, s.pool, `select kind, count(*)::int as count, min(created_at) as oldest from task
		where creditor_id = $1 and role = $2 and status in ('open', 'claimed') group by kind order by count(*) desc, kind`, creditor, role)
	if err != nil {
		return nil, fmt.Errorf("count open tasks: %w", err)
	}
	return lines, nil
}

// HolidaysOf are a creditor's own words about the dates of its country.
func (s *Store) HolidaysOf(ctx context.Context, creditor string) ([]calendar.Override, error) {
	days, err := list[calendar.Override](ctx, s.pool, `select h.day as date, h.holiday, h.name from creditor_holiday h
		join creditor c on c.id = h.creditor_id and c.country = h.country where h.creditor_id = $1`, creditor)
	if err != nil {
		return nil, fmt.Errorf("read holidays: %w", err)
	}
	return days, nil
}

// DigestCreditors lists the creditors that want a digest.
func (s *Store) DigestCreditors(ctx context.Context) ([]Creditor, error) {
	creditors, err := list[Creditor](ctx, s.pool, `select `+creditorColumns+` from creditor where digest_email <> '' order by id`)
	if err != nil {
		return nil, fmt.Errorf("read creditors with a digest: %w", err)
	}
	return creditors, nil
}

// Digest is one day's report to a creditor's finance.
type Digest struct {
	CreditorID string
	Day        calendar.Date
	MailID     uuid.UUID
	SHA256     string
	ClaimedAt  time.Time
}

// DigestDue reports whether a day's digest may be claimed: nobody has, or its mail certainly did not
// leave and that is some while ago.
func (s *Store) DigestDue(ctx context.Context, creditor string, day calendar.Date, before time.Time) (bool, error) {
	var due bool
	err := s.pool.QueryRow(ctx, `select status = 'not_sent' and claimed_at < $3 from digest where creditor_id = $1 and day = $2`, creditor, day, before).Scan(&due)
	if errors.Is(err, pgx.ErrNoRows) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("read digest: %w", err)
	}
	return due, nil
}

// ClaimDigest writes a digest down as being sent; false if somebody else did. One that may have left
// is never claimed again.
func (s *Store) ClaimDigest(ctx context.Context, d Digest, before time.Time) (bool, error) {
	tag, err := s.pool.Exec(ctx, `insert into digest (creditor_id, day, mail_id, status, body_sha256, claimed_at) values ($1, $2, $3, 'sending', $4, $5)
		on conflict (creditor_id, day) do update set mail_id = excluded.mail_id, status = 'sending', body_sha256 = excluded.body_sha256,
			claimed_at = excluded.claimed_at, attempts = digest.attempts + 1, error_code = '', settled_at = null
		where digest.status = 'not_sent' and digest.claimed_at < $6`, d.CreditorID, d.Day, d.MailID, d.SHA256, d.ClaimedAt, before)
	if err != nil {
		return false, fmt.Errorf("claim digest: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// RecordDigest records what became of a digest's mail: sent, not_sent, rejected or uncertain.
func (s *Store) RecordDigest(ctx context.Context, mail uuid.UUID, status, code, providerID string, at time.Time) error {
	_, err := s.pool.Exec(ctx, `update digest set status = $2, error_code = $3, provider_id = $4, settled_at = $5 where mail_id = $1 and status = 'sending'`,
		mail, status, code, providerID, at)
	if err != nil {
		return fmt.Errorf("record digest: %w", err)
	}
	return nil
}
