package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
)

// Agency is a collection agency.
type Agency struct {
	ID                 uuid.UUID
	Name               string
	Country            string
	RegistrationNumber string
	Email              string
	Language           string
	CreatedAt          time.Time
}

const agencyColumns = `id, name, country, registration_number, email, language, created_at`

// Agency reads an agency.
func (tx *Tx) Agency(ctx context.Context, id uuid.UUID) (*Agency, error) {
	a, err := one[Agency](ctx, tx, `select `+agencyColumns+` from agency where id = $1`, id)
	return &a, err
}

// AccountManager is the colleague who knows a customer.
type AccountManager struct {
	ID           uuid.UUID
	CreditorID   string
	Name         string
	Email        string
	Phone        string
	SubstituteID *uuid.UUID
	AbsentFrom   *calendar.Date
	AbsentUntil  *calendar.Date
	CreatedAt    time.Time
}

const accountManagerColumns = `id, creditor_id, name, email, phone, substitute_id, absent_from, absent_until, created_at`

// Absent reports whether the colleague is away on a day.
func (m *AccountManager) Absent(day calendar.Date) bool {
	return m.AbsentFrom != nil && !day.Before(*m.AbsentFrom) && (m.AbsentUntil == nil || !day.After(*m.AbsentUntil))
}

// AccountManager reads a colleague.
func (tx *Tx) AccountManager(ctx context.Context, id uuid.UUID) (*AccountManager, error) {
	m, err := one[AccountManager](ctx, tx, `select `+accountManagerColumns+` from account_manager where id = $1`, id)
	return &m, err
}

// DossierFacts are what only the agency's dossier states.
type DossierFacts struct {
	PaidMinor     int64 // sum of payments, their reversals and adjustments, negative
	CreditedMinor int64 // sum of credit notes and their reversals, negative
	Promises      []Promise
	Disputes      []Dispute
	ApprovedBy    []string
	ApprovedAt    *time.Time
}

// DossierFacts reads them.
func (tx *Tx) DossierFacts(ctx context.Context, invoice uuid.UUID, run int) (DossierFacts, error) {
	var f DossierFacts
	b := &pgx.Batch{}
	b.Queue(`select coalesce(sum(e.amount_minor) filter (where coalesce(r.kind, e.kind) in ('payment', 'adjustment')), 0)::bigint,
			coalesce(sum(e.amount_minor) filter (where coalesce(r.kind, e.kind) = 'credit_note'), 0)::bigint
		from ledger_entry e left join ledger_entry r on r.id = e.reverses where e.invoice_id = $1 and e.bucket = 'principal'`, invoice).
		QueryRow(func(row pgx.Row) error { return row.Scan(&f.PaidMinor, &f.CreditedMinor) })
	b.Queue(`select `+promiseColumns+` from promise where invoice_id = $1 order by made_at`, invoice).Query(all(&f.Promises))
	b.Queue(`select `+disputeColumns+` from dispute where invoice_id = $1 order by opened_at`, invoice).Query(all(&f.Disputes))
	b.Queue(`select coalesce(array_agg(t.closed_by order by t.closed_at), '{}'), max(t.closed_at) from task t join task_item i on i.task_id = t.id
		where i.invoice_id = $1 and i.run_no = $2 and t.kind = 'approval' and t.outcome = 'approved'`, invoice, run).
		QueryRow(func(row pgx.Row) error { return row.Scan(&f.ApprovedBy, &f.ApprovedAt) })
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return f, fmt.Errorf("read dossier of case %s: %w", invoice, err)
	}
	return f, nil
}
