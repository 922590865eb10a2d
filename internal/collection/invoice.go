package collection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
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
	Discount         CashDiscount   `json:"discount,omitzero"`
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
	Source           string         `json:"-"`       // api, ubl, csv, erp
	Documents        []NewDocument  `json:"-"`

	Contact InvoiceContact `json:"contact,omitzero"` // whom the invoice names itself

	PaidMinor  int64          `json:"paid_minor,omitempty"` // what of it was paid before it came here
	PaidBy     string         `json:"-"`                    // reference of that payment; empty: opening-balance and the number
	PaidOn     *calendar.Date `json:"-"`                    // its day; nil: today
	QuietUntil *calendar.Date `json:"-"`                    // last day of a hold with reason go_live
}

// InvoiceContact is whom an invoice names itself: what is written about it goes there first.
type InvoiceContact struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// CashDiscount is what the customer may take off when paying early.
type CashDiscount struct {
	Points int           `json:"points"` // hundredths of a per cent: 300 is 3 %
	Until  calendar.Date `json:"until"`  // the last value date on which it may be taken
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
	} else if n.PaidMinor < 0 || n.PaidMinor >= n.Amount.Minor {
		bad.add("open_amount", "not_open", "more than zero and at most the amount is still open of an invoice that is to be collected")
	}
	if d := n.Discount; d.Points < 0 || d.Points > 5000 || (d.Points > 0) != !d.Until.IsZero() || d.Until.After(n.DueDate) {
		bad.add("cash_discount", "invalid_discount", "a cash discount is up to 50 percent, with the last day on which it may be taken, no later than the due date")
	}
	if s := n.AlreadySent; s != nil && (s.Channel == "" || s.On.IsZero()) {
		bad.add("already_sent", "missing", "say by which channel and on which day the invoice was sent")
	}
	if _, err := n.contactRow(); err != nil {
		bad.under("contact.", err)
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

// contactRow is the contact that the invoice names; nil if it names none.
func (n *NewInvoice) contactRow() (*store.Contact, error) {
	if n.Contact == (InvoiceContact{}) {
		return nil, nil //nolint:nilnil // it names none
	}
	k := store.Contact{Role: contactOfOneInvoice, Name: n.Contact.Name, Email: n.Contact.Email}
	if k.Email == "" {
		return nil, Refuse(Invalid, "email", "missing", "give the address to which what is said about this invoice goes")
	}
	return &k, CheckContact(&k, "")
}

// contentHash tells whether two requests for one number are the same invoice. An e-invoice is
// the same whatever was read of its contact.
func (n *NewInvoice) contentHash() (string, error) {
	content := *n
	if content.Source == "ubl" {
		content.Contact = InvoiceContact{}
	}
	b, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("encode invoice: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
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
	if n.Discount.Points > 0 {
		until := n.Discount.Until
		i.DiscountPoints, i.DiscountUntil = n.Discount.Points, &until
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
	return s.change(ctx, invoiceID, scope, now, actor, func(_ context.Context, f *caseFile) (Done, error) {
		if err := f.mustBeOpen("a delivery"); err != nil {
			return Done{}, err
		}
		f.tell(MessageDelivery, true)
		f.deliver(d)
		return Done{}, nil
	})
}

func (f *caseFile) deliver(d NewDelivery) {
	id := store.NewID()
	f.write(store.AddDelivery(id, f.Invoice.ID, d.On, d.Proof, d.Last, string(f.actor), f.now))
	if d.Last && (f.Delivered == nil || d.On.After(*f.Delivered)) {
		on := d.On
		f.Delivered = &on
	}
	f.event("delivered", map[string]any{"delivery_id": id.String(), "on": d.On.String(), "last": d.Last})
}

func (f *caseFile) attach(d NewDocument) store.Document {
	sum := sha256.Sum256(d.Content)
	digest := hex.EncodeToString(sum[:])
	kept := store.Document{
		ID: store.NewID(), InvoiceID: f.Invoice.ID, Kind: d.Kind, ContentType: d.ContentType, Content: d.Content, SHA256: digest, BusinessAt: f.now,
	}
	f.write(store.AddDocument(kept))
	f.event("document_added", map[string]any{"kind": d.Kind, "sha256": digest})
	return kept
}

// Attach adds a document to a case.
func (s *Service) Attach(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, d NewDocument) (Done, error) {
	return s.change(ctx, invoiceID, scope, now, actor, func(_ context.Context, f *caseFile) (Done, error) {
		f.dirty = false
		f.attach(d)
		return Done{}, nil
	})
}

func (f *caseFile) mustBeOpen(what string) error {
	if f.Invoice.ClosedOutcome != nil {
		return Refuse(Conflict, "", "closed", "the invoice is closed (%s); %s changes nothing any more", *f.Invoice.ClosedOutcome, what)
	}
	return nil
}
