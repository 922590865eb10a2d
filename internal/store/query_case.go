package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// CaseDetails is what a reader wants to know of a case beside its line in the list.
type CaseDetails struct {
	Invoice       Invoice
	Policy        string
	PolicyVersion int
	WorkflowID    string
	NoChase       CustomerNoChase // the customer's
	Holds         []Hold          // active ones of the customer and the invoice
	Dispute       *Dispute        // the open one
	Promise       *Promise        // the open one
	Deliveries    []Delivery
	Contact       *Contact // whom the invoice names itself
}

// CustomerNoChase is a customer's do-not-chase; nil fields: it may be pressed.
type CustomerNoChase struct {
	NoChaseReason   *string
	NoChaseBy       *string
	NoChaseReviewOn *calendar.Date
}

// Delivery is a delivery under an invoice.
type Delivery struct {
	ID          uuid.UUID
	DeliveredOn calendar.Date
	Proof       string
	Last        bool
}

// CaseDetails reads them without locks.
func (s *Store) CaseDetails(ctx context.Context, scope Scope, id uuid.UUID) (*CaseDetails, error) {
	d := &CaseDetails{}
	var err error
	if d.Invoice, err = s.InvoiceRow(ctx, scope, id); err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	b.Queue(`select v.policy, v.version, r.workflow_id from invoice i join policy_version v on v.id = i.policy_version_id
		join collection_run r on r.invoice_id = i.id and r.run_no = i.current_run where i.id = $1`, id).
		QueryRow(func(row pgx.Row) error { return row.Scan(&d.Policy, &d.PolicyVersion, &d.WorkflowID) })
	b.Queue(`select no_chase_reason, no_chase_by, no_chase_review_on from customer where id = $1`, d.Invoice.CustomerID).Query(into(&d.NoChase, nil))
	b.Queue(`select `+holdColumns+` from hold where customer_id = $2 and released_at is null and (invoice_id is null or invoice_id = $1) order by id`,
		id, d.Invoice.CustomerID).Query(all(&d.Holds))
	b.Queue(`select `+disputeColumns+` from dispute where invoice_id = $1 and resolved_at is null`, id).Query(maybe(&d.Dispute))
	b.Queue(`select `+promiseColumns+` from promise where invoice_id = $1 and status = 'open'`, id).Query(maybe(&d.Promise))
	b.Queue(`select `+contactColumns+` from contact where invoice_id = $1`, id).Query(maybe(&d.Contact))
	b.Queue(`select id, delivered_on, proof, last from delivery where invoice_id = $1 order by id`, id).Query(all(&d.Deliveries))
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("read case %s: %w", id, err)
	}
	return d, nil
}

// PlanOf lists the steps of every run of a case, with the policy they come from.
func (s *Store) PlanOf(ctx context.Context, id uuid.UUID, policyVersion uuid.UUID) (*dunning.Policy, []PlanStep, error) {
	steps, err := list[PlanStep](ctx, s.pool, `select `+planStepColumns+` from plan_step where invoice_id = $1 order by run_no, position`, id)
	if err != nil {
		return nil, nil, fmt.Errorf("read plan of case %s: %w", id, err)
	}
	policy, err := s.PolicyOfVersion(ctx, policyVersion)
	return policy, steps, err
}

// PolicyOfVersion is a published policy by the id of its version.
func (s *Store) PolicyOfVersion(ctx context.Context, version uuid.UUID) (*dunning.Policy, error) {
	return s.policy(version.String(), func() (string, error) {
		row, err := one[struct{ Source string }](ctx, s.pool, `select source from policy_version where id = $1`, version)
		return row.Source, err
	})
}

// TimelineOf lists a case's history after a sequence number, oldest first.
func (s *Store) TimelineOf(ctx context.Context, id uuid.UUID, after, limit int) ([]CaseEvent, error) {
	return list[CaseEvent](ctx, s.pool, `select invoice_id, seq, kind, actor, data, prev_hash, hash, business_at, recorded_at
		from case_event where invoice_id = $1 and seq > $2 order by seq limit $3`, id, after, limit)
}

// LedgerOf lists an invoice's entries and the receipts behind them.
func (s *Store) LedgerOf(ctx context.Context, id uuid.UUID) ([]LedgerEntry, []Receipt, error) {
	entries, err := list[LedgerEntry](ctx, s.pool, `select `+ledgerColumns+` from ledger_entry where invoice_id = $1 order by seq`, id)
	if err != nil {
		return nil, nil, fmt.Errorf("read ledger of case %s: %w", id, err)
	}
	receipts, err := list[Receipt](ctx, s.pool, `select `+receiptColumns+` from receipt where invoice_id = $1 order by id`, id)
	return entries, receipts, err
}

// CreditOf lists the entries of a customer's own account: what the creditor owes it.
func (s *Store) CreditOf(ctx context.Context, customer uuid.UUID) ([]LedgerEntry, error) {
	return list[LedgerEntry](ctx, s.pool, `select `+ledgerColumns+` from ledger_entry where customer_id = $1 and invoice_id is null order by id`, customer)
}

// DocumentView is a file of a case without its content.
type DocumentView struct {
	ID          uuid.UUID
	Kind        string
	ContentType string
	Bytes       int
	SHA256      string `db:"sha256"`
	BusinessAt  time.Time
}

// DocumentsOf lists the files of a case.
func (s *Store) DocumentsOf(ctx context.Context, id uuid.UUID) ([]DocumentView, error) {
	return list[DocumentView](ctx, s.pool,
		`select id, kind, content_type, length(content) as bytes, sha256, business_at from document where invoice_id = $1 order by id`, id)
}
