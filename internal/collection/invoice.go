package collection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/store"
)

// NewInvoice is an invoice to collect.
type NewInvoice struct {
	CreditorID       string         `json:"creditor"`
	CustomerID       uuid.UUID      `json:"customer"`
	Number           string         `json:"number"`
	IssueDate        calendar.Date  `json:"issue_date"`
	DueDate          calendar.Date  `json:"due_date"`
	DueDateAgreed    bool           `json:"due_date_agreed"`
	ReceivedDate     *calendar.Date `json:"received_date"`
	Amount           money.Amount   `json:"amount"`
	PurchaseOrder    string         `json:"purchase_order"`
	OrderReference   string         `json:"order_reference"`
	PaymentReference string         `json:"payment_reference"`
	PaymentMeans     string         `json:"payment_means"`
	IBAN             string         `json:"iban"`         // of the invoice; empty: the creditor's
	IBANValid        bool           `json:"iban_valid"`   //
	AccountName      string         `json:"account_name"` //
	DeliveryRequired bool           `json:"delivery_required"`
	Deliveries       []NewDelivery  `json:"deliveries"`
	AlreadySent      *SentElsewhere `json:"already_sent"`
	Blocked          string         `json:"blocked"` // reason not to chase from the start: factored, direct_debit
	Policy           string         `json:"policy"`  // empty: the customer's, else the creditor's
	Source           string         `json:"-"`       // api, ubl
	Documents        []NewDocument  `json:"-"`
}

// SentElsewhere proves that the invoice went out before it came here.
type SentElsewhere struct {
	Channel string        `json:"channel"` // erp, peppol, post, portal
	On      calendar.Date `json:"on"`
	Proof   string        `json:"proof"` // reference of the proof
}

// NewDelivery is a delivery of goods or services under the invoice.
type NewDelivery struct {
	On    calendar.Date `json:"on"`
	Proof string        `json:"proof"`
	Last  bool          `json:"last"` // nothing more is to come: the ladder may start
}

// NewDocument is a file of the case.
type NewDocument struct {
	Kind        string // invoice_pdf, invoice_ubl, proof_of_delivery
	ContentType string
	Content     []byte
}

// maxNumber bounds an invoice number, so that a workflow id always fits.
const maxNumber = 100

func (n *NewInvoice) check(today calendar.Date) error {
	var bad faults
	if l := len([]rune(n.Number)); l == 0 || l > maxNumber || !printable(n.Number) {
		bad.add("number", "invalid_number", "give 1 to %d printable characters", maxNumber)
	}
	if n.IssueDate.IsZero() {
		bad.add("issue_date", "missing", "say when the invoice was issued, as 2026-11-23")
	}
	if n.DueDate.IsZero() {
		bad.add("due_date", "missing", "say when the invoice is due, as 2026-12-23")
	}
	if !n.IssueDate.IsZero() && !n.DueDate.IsZero() && n.DueDate.Before(n.IssueDate) {
		bad.add("due_date", "due_before_issue", "the due date %s is before the issue date %s", n.DueDate, n.IssueDate)
	}
	if n.IssueDate.After(today.AddDays(366)) {
		bad.add("issue_date", "too_far", "the issue date %s is more than a year ahead", n.IssueDate)
	}
	if n.DueDate.DaysSince(n.IssueDate) > 3*366 {
		bad.add("due_date", "too_far", "the due date %s is more than three years after issue", n.DueDate)
	}
	if !n.Amount.IsPositive() {
		bad.add("amount", "not_positive", "an invoice is for more than zero; send a credit note for a correction")
	}
	if s := n.AlreadySent; s != nil && (s.Channel == "" || s.On.IsZero()) {
		bad.add("already_sent", "missing", "say by which channel and on which day the invoice was sent")
	}
	for i, d := range n.Deliveries {
		if d.On.IsZero() {
			bad.add(fmt.Sprintf("deliveries.%d.on", i), "missing", "say on which day was delivered")
		}
	}
	return bad.err()
}

func printable(s string) bool {
	for _, r := range s {
		if r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == 0x2028 || r == 0x2029 {
			return false
		}
	}
	return true
}

// contentHash tells whether two requests for one number are the same invoice.
func (n *NewInvoice) contentHash() (string, error) {
	b, err := json.Marshal(n)
	if err != nil {
		return "", fmt.Errorf("encode invoice: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// StartInvoice takes an invoice in and puts the start of its collection on its way.
// The creditor and number are its key: the same invoice again changes nothing, another
// one under the same number is refused.
func (s *Service) StartInvoice(ctx context.Context, scope store.Scope, now time.Time, actor Actor, n NewInvoice) (Done, error) {
	if err := n.check(calendar.DateOf(now.UTC())); err != nil {
		return Done{}, err
	}
	hash, err := n.contentHash()
	if err != nil {
		return Done{}, err
	}
	var done Done
	err = s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err = s.startInvoice(ctx, tx, scope, now, actor, n, hash)
		return err
	})
	if store.IsUniqueViolation(err) { // somebody else was first
		return s.sameInvoice(ctx, n, hash)
	}
	return done, err
}

func (s *Service) sameInvoice(ctx context.Context, n NewInvoice, hash string) (Done, error) {
	var done Done
	err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		known, err := tx.InvoiceByNumber(ctx, n.CreditorID, n.Number)
		if err == nil {
			done, err = existing(known, hash)
		}
		return err
	})
	return done, err
}

func existing(known *store.Invoice, hash string) (Done, error) {
	if known.ContentHash != hash {
		return Done{}, Refuse(Conflict, "number", "number_taken",
			"an invoice with this number exists with other content (amount, dates, customer or sending); change that one or use its own number")
	}
	return Done{InvoiceID: known.ID, ID: known.ID, Existed: true, Open: known.OpenMinor}, nil
}

func (s *Service) startInvoice(ctx context.Context, tx *store.Tx, scope store.Scope, now time.Time, actor Actor, n NewInvoice, hash string,
) (Done, error) {
	customer, creditor, overrides, err := tx.LockCustomer(ctx, n.CustomerID)
	if err != nil || !scope.Covers(n.CreditorID) || customer.CreditorID != n.CreditorID {
		if err == nil || errors.Is(err, store.ErrNotFound) {
			return Done{}, Refuse(NotFound, "customer", "unknown_customer", "this creditor has no such customer; create it first")
		}
		return Done{}, err
	}
	known, err := tx.InvoiceByNumber(ctx, n.CreditorID, n.Number)
	if err == nil {
		return existing(known, hash)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Done{}, err
	}
	policyID, policy, err := s.policyFor(ctx, tx, n, customer, creditor)
	if err != nil {
		return Done{}, err
	}
	holds, err := tx.CustomerHolds(ctx, customer.ID)
	if err != nil {
		return Done{}, err
	}
	c := &store.Case{
		Holds: holds, Customer: *customer, Creditor: *creditor, Overrides: overrides, Policy: policy,
		Invoice: n.row(store.NewID(), policyID, hash, now, string(actor)),
	}
	f, err := s.file(tx, c, now, actor)
	if err != nil {
		return Done{}, err
	}
	return f.start(ctx, n)
}

// policyFor is the newest version of the policy that the invoice, its customer or its
// creditor names. A debtor that may not be dunned gets the invoice and a person.
func (s *Service) policyFor(ctx context.Context, tx *store.Tx, n NewInvoice, cu *store.Customer, cr *store.Creditor,
) (uuid.UUID, *dunning.Policy, error) {
	name := cr.Policy
	for _, wish := range []string{n.Policy, cu.Policy} {
		if wish != "" {
			name = wish
			break
		}
	}
	if !cu.Kind.MayBeDunned() {
		name = dunning.PolicyManual
	}
	id, policy, err := tx.NewestPolicy(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return id, nil, Refuse(Invalid, "policy", "unknown_policy", "no policy %q is published", name)
	}
	return id, policy, err
}

func (n *NewInvoice) row(id, policyID uuid.UUID, hash string, now time.Time, actor string) store.Invoice {
	i := store.Invoice{
		ID: id, CreditorID: n.CreditorID, CustomerID: n.CustomerID, Number: n.Number, IssueDate: n.IssueDate, DueDate: n.DueDate,
		DueDateAgreed: n.DueDateAgreed, ReceivedDate: n.ReceivedDate, Currency: n.Amount.Currency, AmountMinor: n.Amount.Minor,
		PurchaseOrder: n.PurchaseOrder, OrderReference: n.OrderReference, PaymentReference: n.PaymentReference,
		PaymentMeans: n.PaymentMeans, IBAN: n.IBAN, IBANValid: n.IBANValid, AccountName: n.AccountName, Delivery: "not_applicable",
		Sending: "send_here", PolicyVersionID: policyID, Source: n.Source, ContentHash: hash, ArrivedAt: now, CurrentRun: 1,
		OpenMinor: n.Amount.Minor,
	}
	if n.DeliveryRequired || len(n.Deliveries) > 0 {
		i.Delivery = "required"
	}
	if s := n.AlreadySent; s != nil {
		on := s.On
		i.Sending, i.SentChannel, i.SentOn, i.SentProof = "already_sent", s.Channel, &on, s.Proof
	}
	if n.Blocked != "" {
		reason, review := n.Blocked, calendar.DateOf(now).AddDays(blockedReviewDays)
		i.NoChaseReason, i.NoChaseBy, i.NoChaseReviewOn = &reason, &actor, &review
	}
	return i
}

// blockedReviewDays is when an invoice that came in blocked is looked at again.
const blockedReviewDays = 90

// start writes a new case: the invoice, its run, its first ledger entry, what came
// with it, and the message that starts its workflow.
func (f *caseFile) start(ctx context.Context, n NewInvoice) (Done, error) {
	f.Run = store.Run{
		InvoiceID: f.Invoice.ID, RunNo: 1, WorkflowID: WorkflowID(f.Creditor.ID, f.Invoice.Number, 1), Reason: "new", OpenedAt: f.now,
	}
	if err := f.tx.InsertInvoice(ctx, f.Invoice); err != nil {
		return Done{}, err
	}
	if err := f.tx.InsertRun(ctx, f.Run); err != nil {
		return Done{}, err
	}
	if err := f.book(ctx, entry{kind: EntryInvoice, amount: f.Invoice.AmountMinor, on: f.Invoice.IssueDate}); err != nil {
		return Done{}, err
	}
	f.event("invoice_received", map[string]any{
		"source": n.Source, "amount_minor": n.Amount.Minor, "currency": string(n.Amount.Currency),
		"due_date": n.DueDate.String(), "policy": f.Policy.ID, "content_hash": f.Invoice.ContentHash,
	})
	for _, d := range n.Deliveries {
		if err := f.deliver(ctx, d); err != nil {
			return Done{}, err
		}
	}
	for _, d := range n.Documents {
		if err := f.attach(ctx, d); err != nil {
			return Done{}, err
		}
	}
	f.tell(MessageStart, false)
	done := Done{ID: f.Invoice.ID}
	err := f.finish(ctx, &done)
	return done, err
}

// WorkflowID names the execution of a run. The first has no run number in it.
func WorkflowID(creditor, number string, run int) string {
	if run == 1 {
		return "invoice:" + creditor + ":" + number
	}
	return fmt.Sprintf("invoice.r%d:%s:%s", run, creditor, number)
}

// Deliver records a delivery; the last one starts the ladder.
func (s *Service) Deliver(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, d NewDelivery) (Done, error) {
	if d.On.IsZero() || d.On.After(calendar.DateOf(now).AddDays(1)) {
		return Done{}, Refuse(Invalid, "on", "invalid_date", "say on which day was delivered, today at the latest")
	}
	return s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		if err := f.mustBeOpen("a delivery"); err != nil {
			return Done{}, err
		}
		f.tell(MessageDelivery, true)
		return Done{}, f.deliver(ctx, d)
	})
}

func (f *caseFile) deliver(ctx context.Context, d NewDelivery) error {
	id := store.NewID()
	if err := f.tx.InsertDelivery(ctx, id, f.Invoice.ID, d.On, d.Proof, d.Last, string(f.actor), f.now); err != nil {
		return err
	}
	if d.Last && (f.Delivered == nil || d.On.After(*f.Delivered)) {
		on := d.On
		f.Delivered = &on
	}
	f.event("delivered", map[string]any{"delivery_id": id.String(), "on": d.On.String(), "last": d.Last})
	return nil
}

func (f *caseFile) attach(ctx context.Context, d NewDocument) error {
	sum := sha256.Sum256(d.Content)
	digest := hex.EncodeToString(sum[:])
	if err := f.tx.InsertDocument(ctx, store.Document{
		ID: store.NewID(), InvoiceID: f.Invoice.ID, Kind: d.Kind, ContentType: d.ContentType, Content: d.Content, SHA256: digest, BusinessAt: f.now,
	}); err != nil {
		return err
	}
	f.event("document_added", map[string]any{"kind": d.Kind, "sha256": digest})
	return nil
}

// Attach adds a document to a case.
func (s *Service) Attach(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, d NewDocument) (Done, error) {
	return s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		f.dirty = false
		return Done{}, f.attach(ctx, d)
	})
}

func (f *caseFile) mustBeOpen(what string) error {
	if f.Invoice.ClosedOutcome != nil {
		return Refuse(Conflict, "", "closed", "the invoice is closed (%s); %s changes nothing any more", *f.Invoice.ClosedOutcome, what)
	}
	return nil
}
