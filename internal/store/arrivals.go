package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// Arrivals are the locked customers of invoices that come in, and all that starting them
// depends on.
type Arrivals struct {
	Creditor  Creditor
	Customers map[uuid.UUID]*Customer
	Overrides map[string][]calendar.Override // the creditor's holidays by country
	Holds     map[uuid.UUID][]Hold           // on a customer as a whole
	Known     map[string]*KnownInvoice       // by number
	Policies  map[string]uuid.UUID           // the newest version of each
}

// KnownInvoice is what tells whether an invoice that comes in is the one that is here.
type KnownInvoice struct {
	ID          uuid.UUID
	Number      string
	ContentHash string
	OpenMinor   int64
}

// LockArrivals locks the creditor's customers in lock order, and reads what starting
// invoices with these numbers depends on. Customers of another creditor are left out.
func (tx *Tx) LockArrivals(ctx context.Context, creditor string, customers []uuid.UUID, numbers []string) (*Arrivals, error) {
	a := &Arrivals{
		Customers: map[uuid.UUID]*Customer{}, Overrides: map[string][]calendar.Override{}, Holds: map[uuid.UUID][]Hold{},
		Known: map[string]*KnownInvoice{}, Policies: map[string]uuid.UUID{},
	}
	var found bool
	b := &pgx.Batch{}
	b.Queue(`select `+customerColumns+` from customer where id = any($1) and creditor_id = $2 order by id for update`, customers, creditor).
		Query(each(func(c *Customer) { a.Customers[c.ID] = c }))
	b.Queue(`select `+creditorColumns+` from creditor where id = $1`, creditor).Query(into(&a.Creditor, &found))
	b.Queue(`select country, day, holiday, name from creditor_holiday where creditor_id = $1`, creditor).
		Query(each(func(h *holiday) {
			a.Overrides[h.Country] = append(a.Overrides[h.Country], calendar.Override{Date: h.Day, Holiday: h.Holiday, Name: h.Name})
		}))
	b.Queue(`select `+holdColumns+` from hold where customer_id = any($1) and invoice_id is null and released_at is null`, customers).
		Query(each(func(h *Hold) { a.Holds[h.CustomerID] = append(a.Holds[h.CustomerID], *h) }))
	b.Queue(`select id, number, content_hash, open_minor from invoice where creditor_id = $1 and number = any($2)`, creditor, numbers).
		Query(each(func(i *KnownInvoice) { a.Known[i.Number] = i }))
	b.Queue(`select distinct on (policy) policy, id from policy_version order by policy, version desc`).
		Query(each(func(p *newestPolicy) { a.Policies[p.Policy] = p.ID }))
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("lock customers: %w", err)
	}
	if !found {
		return nil, ErrNotFound
	}
	return a, nil
}

type holiday struct {
	Country string
	Day     calendar.Date
	Holiday bool
	Name    string
}

type newestPolicy struct {
	Policy string
	ID     uuid.UUID
}

// each hands every row to a function.
func each[T any](take func(*T)) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		got, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[T])
		for _, v := range got {
			take(v)
		}
		return err
	}
}

// PolicyVersion is a version of a policy; versions are kept in memory.
func (tx *Tx) PolicyVersion(ctx context.Context, id uuid.UUID) (*dunning.Policy, error) {
	return tx.store.policy(id.String(), func() (source string, err error) {
		if err = tx.QueryRow(ctx, `select source from policy_version where id = $1`, id).Scan(&source); err != nil {
			return "", fmt.Errorf("read policy version %s: %w", id, err)
		}
		return source, nil
	})
}

// NewCase is a case that comes in: rows that are not there yet.
type NewCase struct {
	Invoice Invoice
	Run     Run
	Entries []LedgerEntry
	Change  CaseChange // its writes come after all rows
}

// InsertCases writes new cases. Many go by COPY, table by table; a few are cheaper as
// statements in one round trip.
func (tx *Tx) InsertCases(ctx context.Context, cases []NewCase) error {
	const few = 3
	tables := rowsOf(cases)
	b := &pgx.Batch{}
	for _, t := range tables {
		if len(cases) <= few {
			t.queue(b)
			continue
		}
		if err := tx.copyIn(ctx, t); err != nil {
			return err
		}
	}
	for i := range cases {
		for _, w := range cases[i].Change.Writes {
			w(b)
		}
	}
	b.Queue(`select pg_notify('workflow_message', '')`)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("insert cases: %w", err)
	}
	return nil
}

// table is rows for one table.
type table struct {
	name    string
	columns []string
	rows    [][]any
}

func newTable(name, columns string) *table {
	t := &table{name: name, columns: strings.Split(columns, ",")}
	for i, c := range t.columns {
		t.columns[i] = strings.TrimSpace(c)
	}
	return t
}

func (t *table) add(values ...any) { t.rows = append(t.rows, values) }

func (t *table) queue(b *pgx.Batch) {
	places := make([]string, len(t.columns))
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	sql := `insert into ` + t.name + ` (` + strings.Join(t.columns, ", ") + `) values (` + strings.Join(places, ", ") + `)`
	for _, row := range t.rows {
		b.Queue(sql, row...)
	}
}

func (tx *Tx) copyIn(ctx context.Context, t *table) error {
	if len(t.rows) == 0 {
		return nil
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromRows(t.rows)); err != nil {
		return fmt.Errorf("insert into %s: %w", t.name, err)
	}
	return nil
}

// rowsOf sorts the rows of cases by table, in the order in which they may be written.
func rowsOf(cases []NewCase) []*table {
	invoices, runs := newTable("invoice", invoiceColumns), newTable("collection_run", "invoice_id, run_no, workflow_id, reason, opened_at")
	entries, steps := newTable("ledger_entry", ledgerColumns), newTable("plan_step", planStepColumns)
	events := newTable("case_event", "invoice_id, seq, kind, actor, data, prev_hash, hash, business_at, recorded_at")
	messages := newTable("workflow_message", "invoice_id, run_no, workflow_id, name, facts_seq, payload")
	for n := range cases {
		c := &cases[n]
		invoices.add(invoiceRow(&c.Invoice)...)
		runs.add(c.Run.InvoiceID, c.Run.RunNo, c.Run.WorkflowID, c.Run.Reason, c.Run.OpenedAt)
		for i := range c.Entries {
			entries.add(entryRow(&c.Entries[i])...)
		}
		for i := range c.Change.Steps {
			steps.add(stepRow(&c.Change.Steps[i])...)
		}
		for _, e := range c.Change.Events {
			events.add(e.InvoiceID, e.Seq, e.Kind, e.Actor, e.Data, e.PrevHash, e.Hash, e.BusinessAt, e.RecordedAt)
		}
		if m := c.Change.Message; m != nil {
			messages.add(m.InvoiceID, m.RunNo, m.WorkflowID, m.Name, m.FactsSeq, m.Payload)
		}
	}
	return []*table{invoices, runs, entries, steps, events, messages}
}

func invoiceRow(i *Invoice) []any {
	return []any{
		i.ID, i.CreditorID, i.CustomerID, i.Number, i.IssueDate, i.DueDate, i.DueDateAgreed, i.ReceivedDate, i.Currency, i.AmountMinor,
		i.PurchaseOrder, i.OrderReference, i.PaymentReference, i.PaymentMeans, i.IBAN, i.IBANValid, i.AccountName, i.Delivery, i.Sending,
		i.SentChannel, i.SentOn, i.SentProof, i.NoChaseReason, i.NoChaseBy, i.NoChaseReviewOn, i.PolicyVersionID, i.Source, i.ContentHash,
		i.ArrivedAt, i.CurrentRun, i.FactsSeq, i.PlanNo, i.PauseEndedOn, i.HandedOffAt, i.RecalledAt, i.LedgerSeq, i.EventSeq, i.EventHash,
		i.OpenMinor, i.ClosedOutcome, i.DiscountPoints, i.DiscountUntil,
	}
}

func entryRow(e *LedgerEntry) []any {
	bucket := e.Bucket
	if bucket == "" {
		bucket = BucketPrincipal
	}
	return []any{
		e.ID, e.CreditorID, e.CustomerID, e.InvoiceID, e.Seq, e.Kind, e.AmountMinor, e.Currency, e.ValueDate, e.ReceiptID, e.Reference,
		e.Reverses, e.Actor, e.BusinessAt, bucket,
	}
}

func stepRow(s *PlanStep) []any {
	return []any{
		s.InvoiceID, s.RunNo, s.Step, s.Position, s.Stage, s.Action, s.Occurrence, s.At, s.LocalDate, s.State, s.Reason, s.NotBefore,
		s.Reference, s.Channels, s.FirstTriedAt, s.DoneAt, s.DoneOn,
	}
}
