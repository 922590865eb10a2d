package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/law"
)

// ClaimSettings is what a creditor asks beside the principal, and by which rules.
type ClaimSettings struct {
	Claims              string // none, announce, claim
	ClaimThresholdMinor int64  // a smaller claim is waived
	NLConsumerRules     bool   `db:"nl_consumer_rules"`
	BEConsumerRules     bool   `db:"be_consumer_rules"`
	Allocation          string // principal_first, statutory
	DayCount            law.DayCount
	VATNotDeductible    bool `db:"vat_not_deductible"` // the creditor cannot deduct the VAT on Dutch collection costs
	VATStated           bool `db:"vat_stated"`         // and its letters say so
}

const claimSettingColumns = `claims, claim_threshold_minor, nl_consumer_rules, be_consumer_rules, allocation, day_count, vat_not_deductible, vat_stated`

// ContractTerm is what was agreed with a customer, for one invoice or for all.
type ContractTerm struct {
	ID               uuid.UUID
	CustomerID       uuid.UUID
	InvoiceID        *uuid.UUID // nil: all invoices
	ValidFrom        calendar.Date
	ValidUntil       *calendar.Date
	GoverningCountry string    // empty: the creditor's
	AnnualRate       *law.Rate // nil: none agreed
	Compounding      law.Compounding
	PenaltyCode      string // of a penalty clause; recorded for people, claimed by nobody
	PenaltyMinor     int64
	RetentionOfTitle bool
	AcceptedOn       *calendar.Date
	Proof            string // reference of the document that proves it
	Actor            string
	BusinessAt       time.Time
}

const termColumns = `id, customer_id, invoice_id, valid_from, valid_until, governing_country, annual_rate, compounding, penalty_code, penalty_minor,
	retention_of_title, accepted_on, proof, actor, business_at`

// InsertTerm adds terms.
func (tx *Tx) InsertTerm(ctx context.Context, t ContractTerm) error {
	return tx.exec(ctx, "insert terms", `insert into contract_term (`+termColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		t.ID, t.CustomerID, t.InvoiceID, t.ValidFrom, t.ValidUntil, t.GoverningCountry, t.AnnualRate, t.Compounding, t.PenaltyCode, t.PenaltyMinor,
		t.RetentionOfTitle, t.AcceptedOn, t.Proof, t.Actor, t.BusinessAt)
}

// TermsOf lists the terms of a customer, oldest first.
func (s *Store) TermsOf(ctx context.Context, customer uuid.UUID) ([]ContractTerm, error) {
	return list[ContractTerm](ctx, s.pool, `select `+termColumns+` from contract_term where customer_id = $1 order by id`, customer)
}

// LawRate is a legal rate that an administrator added.
type LawRate struct {
	ID         uuid.UUID
	Row        law.Row
	Actor      string
	BusinessAt time.Time
}

type rateRow struct {
	Regime     law.Regime
	ValidFrom  calendar.Date
	ValidUntil *calendar.Date
	Rate       law.Rate
	Status     law.Status
	Source     string
}

// AddLawRate adds a legal rate. The newest one of a regime and day counts.
func (s *Store) AddLawRate(ctx context.Context, r LawRate) error {
	_, err := s.pool.Exec(ctx, `insert into law_rate (id, regime, valid_from, valid_until, rate, status, source, actor, business_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, r.ID, r.Row.Regime, r.Row.ValidFrom, optionalDay(r.Row.ValidUntil), r.Row.Rate, r.Row.Status,
		r.Row.Source, r.Actor, r.BusinessAt)
	if err != nil {
		return fmt.Errorf("insert legal rate: %w", err)
	}
	return nil
}

const rateQuery = `select distinct on (regime, valid_from) regime, valid_from, valid_until, rate, status, source from law_rate
	order by regime, valid_from, id desc`

// LawRates lists the legal rates that were added, without those that a later one replaced.
func (s *Store) LawRates(ctx context.Context) ([]law.Row, error) {
	rows, err := list[rateRow](ctx, s.pool, rateQuery)
	return lawRows(rows), err
}

func lawRows(rows []rateRow) []law.Row {
	out := make([]law.Row, len(rows))
	for i, r := range rows {
		out[i] = law.Row{Regime: r.Regime, ValidFrom: r.ValidFrom, Rate: r.Rate, Status: r.Status, Source: r.Source}
		if r.ValidUntil != nil {
			out[i].ValidUntil = *r.ValidUntil
		}
	}
	return out
}

func optionalDay(d calendar.Date) *calendar.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}

// ClaimFacts is what the law needs to know of some invoices of one customer.
type ClaimFacts struct {
	Invoices []Invoice
	Entries  []LedgerEntry // of all the invoices
	Terms    []ContractTerm
	Rates    []law.Row // that were added to the shipped ones
}

// ClaimFacts reads them.
func (tx *Tx) ClaimFacts(ctx context.Context, customer uuid.UUID, invoices ...uuid.UUID) (ClaimFacts, error) {
	return claimFacts(ctx, tx, customer, invoices)
}

// ClaimFacts reads them without locks.
func (s *Store) ClaimFacts(ctx context.Context, customer uuid.UUID, invoices ...uuid.UUID) (ClaimFacts, error) {
	return claimFacts(ctx, s.pool, customer, invoices)
}

type batcher interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

func claimFacts(ctx context.Context, q batcher, customer uuid.UUID, invoices []uuid.UUID) (f ClaimFacts, err error) {
	var rates []rateRow
	b := &pgx.Batch{}
	b.Queue(`select `+invoiceColumns+` from invoice where id = any($1) and customer_id = $2 order by due_date, id`, invoices, customer).Query(all(&f.Invoices))
	b.Queue(`select `+ledgerColumns+` from ledger_entry where invoice_id = any($1) order by invoice_id, seq`, invoices).Query(all(&f.Entries))
	b.Queue(`select `+termColumns+` from contract_term where customer_id = $1 order by id`, customer).Query(all(&f.Terms))
	b.Queue(rateQuery).Query(all(&rates))
	if err := q.SendBatch(ctx, b).Close(); err != nil {
		return f, fmt.Errorf("read claim facts of customer %s: %w", customer, err)
	}
	f.Rates = lawRows(rates)
	return f, nil
}

// Claims are the interest and costs of an invoice that letters asked for, in minor units.
// Costs that were booked without a letter, such as a bank's fee, are not among them.
type Claims struct {
	Interest        int64 // still open
	Costs           int64
	InterestClaimed int64 // all that was ever asked
	CostsClaimed    int64
}

// Open is what is open of both.
func (c Claims) Open() int64 { return c.Interest + c.Costs }

// ClaimReference begins the references of entries that letters booked.
const ClaimReference = "claim:"

const claimsQuery = `select coalesce(sum(amount_minor) filter (where bucket = 'interest'), 0)::bigint as interest,
		coalesce(sum(amount_minor) filter (where bucket = 'cost' and (kind <> 'cost' or reference like 'claim:%')), 0)::bigint as costs,
		coalesce(sum(amount_minor) filter (where kind = 'interest'), 0)::bigint as interest_claimed,
		coalesce(sum(amount_minor) filter (where kind = 'cost' and reference like 'claim:%'), 0)::bigint as costs_claimed
	from ledger_entry where invoice_id = $1 and bucket <> 'principal'`

// Claims adds them up.
func (tx *Tx) Claims(ctx context.Context, invoice uuid.UUID) (Claims, error) {
	return one[Claims](ctx, tx, claimsQuery, invoice)
}

// ClaimsOf adds them up without locks.
func (s *Store) ClaimsOf(ctx context.Context, invoice uuid.UUID) (Claims, error) {
	return one[Claims](ctx, s.pool, claimsQuery, invoice)
}

// ClaimLetter is what one letter claims of an invoice by law.
type ClaimLetter struct {
	InvoiceID        uuid.UUID
	Step             string
	Occurrence       int
	UntilDay         calendar.Date
	InterestMinor    int64
	CostMinor        int64
	Asked            bool
	RateTableVersion string
	Computation      json.RawMessage
	BusinessAt       time.Time
	BookedAt         *time.Time
}

const claimLetterColumns = `invoice_id, step, occurrence, until_day, interest_minor, cost_minor, asked, rate_table_version, computation, business_at, booked_at`

// PutClaimLetter writes what a letter claims; a letter that is written again before it
// was booked claims anew.
func PutClaimLetter(c ClaimLetter) Write {
	return statement(`insert into claim_letter (`+claimLetterColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, null)
		on conflict (invoice_id, step, occurrence) do update set until_day = excluded.until_day, interest_minor = excluded.interest_minor,
			cost_minor = excluded.cost_minor, asked = excluded.asked, rate_table_version = excluded.rate_table_version,
			computation = excluded.computation, business_at = excluded.business_at where claim_letter.booked_at is null`,
		c.InvoiceID, c.Step, c.Occurrence, c.UntilDay, c.InterestMinor, c.CostMinor, c.Asked, c.RateTableVersion, c.Computation, c.BusinessAt)
}

// ClaimLetter reads what a letter claims; nil if it claims nothing.
func (tx *Tx) ClaimLetter(ctx context.Context, invoice uuid.UUID, step string, occurrence int) (*ClaimLetter, error) {
	c, err := one[ClaimLetter](ctx, tx, `select `+claimLetterColumns+` from claim_letter where invoice_id = $1 and step = $2 and occurrence = $3`,
		invoice, step, occurrence)
	if errors.Is(err, ErrNotFound) {
		return nil, nil //nolint:nilnil // the principal only
	}
	return &c, err
}

// MarkClaimBooked notes that a letter's claim stands in the ledger.
func MarkClaimBooked(c ClaimLetter, at time.Time) Write {
	return statement(`update claim_letter set booked_at = $4 where invoice_id = $1 and step = $2 and occurrence = $3`, c.InvoiceID, c.Step, c.Occurrence, at)
}
