package store

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// NewID makes an identifier that sorts by the time it was made.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// Creditor is a legal entity that collects.
type Creditor struct {
	ClaimSettings
	BankSettings
	ContactSettings

	ID                 string
	Name               string
	RegistrationNumber string
	VATNumber          string `db:"vat_number"`
	EndpointScheme     string
	EndpointID         string
	Street             string
	Postcode           string
	City               string
	Country            string
	Region             string
	Zone               string
	Language           string
	IBAN               string `db:"iban"`
	AccountName        string
	SenderName         string
	SenderEmail        string
	ReplyTo            string
	Phone              string
	ContactName        string
	Website            string
	LogoURL            string `db:"logo_url"`
	Mode               dunning.Mode
	Stopped            bool
	PaymentsBy         string
	Policy             string
	AgencyID           *uuid.UUID
	SmallBalanceMinor  int64
	CreatedAt          time.Time
	PaymentsKnownUntil *calendar.Date // last day that a statement or an open-items file covers
}

const creditorColumns = `id, name, registration_number, vat_number, endpoint_scheme, endpoint_id, street, postcode, city,
	country, region, zone, language, iban, account_name, sender_name, sender_email, reply_to, phone, contact_name, website,
	logo_url, mode, stopped, payments_by, policy, agency_id, small_balance_minor, created_at, auto_known_account, oldest_first,
	rounding_tolerance_minor, max_return_fee_minor, fresh_payments_required, bank_accounts, payments_known_until, sms_kinds, digest_email, weekly_contacts, ` + claimSettingColumns

// OwnAccounts lists the accounts on which a creditor is paid.
func (c *Creditor) OwnAccounts() []string {
	if c.IBAN == "" || slices.Contains(c.BankAccounts, c.IBAN) {
		return c.BankAccounts
	}
	return append([]string{c.IBAN}, c.BankAccounts...)
}

// BankSettings is how a creditor wants payments matched.
type BankSettings struct {
	AutoKnownAccount       bool  // a payment from a known account that fits exactly one invoice is booked
	OldestFirst            bool  // what a payment has over pays the customer's oldest invoices
	RoundingToleranceMinor int64 // 0 to 5
	MaxReturnFeeMinor      int64 // what a returned payment may cost beyond itself
	FreshPaymentsRequired  bool  // no reminder leaves before the day after due is covered by payment data
	BankAccounts           []string
}

// ContactSettings is how a creditor lets its customers be written to.
type ContactSettings struct {
	SMSKinds       []dunning.DebtorKind `db:"sms_kinds"` // the kinds of customers that may get text messages
	DigestEmail    string               // where the daily report to finance goes; empty: nowhere
	WeeklyContacts int                  // dunning contacts that a customer gets in any 7 days; 0: one a day
}

// Customer is a debtor of one creditor.
type Customer struct {
	ID                 uuid.UUID
	CreditorID         string
	Number             string
	LegalName          string
	Kind               dunning.DebtorKind
	RegistrationNumber string
	VATNumber          string `db:"vat_number"`
	EndpointScheme     string
	EndpointID         string
	ParentID           *uuid.UUID
	PayingPartyID      *uuid.UUID
	Insurer            string
	InsurerCollector   string
	Language           string
	Country            string
	Region             string
	Zone               string
	Street             string
	Postcode           string
	City               string
	Segment            string
	Policy             string
	AccountManagerID   *uuid.UUID
	NoChaseReason      *string
	NoChaseBy          *string
	NoChaseReviewOn    *calendar.Date
	CreatedAt          time.Time
	PaymentRun         string // when it pays its bills, as [dunning.ParsePaymentRun] reads it
}

const customerColumns = `id, creditor_id, number, legal_name, kind, registration_number, vat_number, endpoint_scheme, endpoint_id,
	parent_id, paying_party_id, insurer, insurer_collector, language, country, region, zone, street, postcode, city, segment, policy,
	account_manager_id, no_chase_reason, no_chase_by, no_chase_review_on, created_at, payment_run`

// Contact is a way to reach a customer, by role. One with an invoice is whom that invoice
// names itself.
type Contact struct {
	ID             uuid.UUID
	CustomerID     uuid.UUID
	InvoiceID      *uuid.UUID
	Role           string
	Name           string
	FirstName      string
	Email          string
	Phone          string
	Mobile         string
	MobileBilling  bool
	EmailFailedAt  *time.Time
	MobileFailedAt *time.Time
	CreatedAt      time.Time
}

const contactColumns = `id, customer_id, invoice_id, role, name, first_name, email, phone, mobile, mobile_billing, email_failed_at, mobile_failed_at, created_at`

// Invoice is a claim on a customer and the heart of a case.
type Invoice struct {
	ID               uuid.UUID
	CreditorID       string
	CustomerID       uuid.UUID
	Number           string
	IssueDate        calendar.Date
	DueDate          calendar.Date
	DueDateAgreed    bool
	ReceivedDate     *calendar.Date
	Currency         money.Currency
	AmountMinor      int64
	PurchaseOrder    string
	OrderReference   string
	PaymentReference string
	PaymentMeans     string
	IBAN             string `db:"iban"`
	IBANValid        bool   `db:"iban_valid"`
	AccountName      string
	Delivery         string
	Sending          string
	SentChannel      string
	SentOn           *calendar.Date
	SentProof        string
	NoChaseReason    *string
	NoChaseBy        *string
	NoChaseReviewOn  *calendar.Date
	PolicyVersionID  uuid.UUID
	Source           string
	ContentHash      string
	ArrivedAt        time.Time
	CurrentRun       int
	FactsSeq         int64
	PlanNo           int
	PauseEndedOn     *calendar.Date
	HandedOffAt      *time.Time
	RecalledAt       *time.Time
	LedgerSeq        int
	EventSeq         int
	EventHash        string
	OpenMinor        int64
	ClosedOutcome    *dunning.Reason
	DiscountPoints   int            // cash discount in hundredths of a per cent; 0: none
	DiscountUntil    *calendar.Date // the last value date on which it may be taken
}

const invoiceColumns = `id, creditor_id, customer_id, number, issue_date, due_date, due_date_agreed, received_date, currency, amount_minor,
	purchase_order, order_reference, payment_reference, payment_means, iban, iban_valid, account_name, delivery, sending, sent_channel,
	sent_on, sent_proof, no_chase_reason, no_chase_by, no_chase_review_on, policy_version_id, source, content_hash, arrived_at, current_run,
	facts_seq, plan_no, pause_ended_on, handed_off_at, recalled_at, ledger_seq, event_seq, event_hash, open_minor, closed_outcome,
	discount_points, discount_until`

// Amount is what the invoice was for.
func (i *Invoice) Amount() money.Amount { return money.New(i.AmountMinor, i.Currency) }

// Open is what is still owed.
func (i *Invoice) Open() money.Amount { return money.New(i.OpenMinor, i.Currency) }

// Run is one workflow execution of an invoice; a reopened invoice has several.
type Run struct {
	InvoiceID  uuid.UUID
	RunNo      int
	WorkflowID string
	Reason     string
	OpenedAt   time.Time
	ClosedAt   *time.Time
	Outcome    *dunning.Reason
}

// PlanStep is a step of a run: planned, or with what became of it.
type PlanStep struct {
	InvoiceID    uuid.UUID
	RunNo        int
	Step         dunning.StepID
	Position     int
	Stage        dunning.Stage
	Action       dunning.Do
	Occurrence   int
	At           *time.Time
	LocalDate    *calendar.Date
	State        StepState
	Reason       dunning.Reason
	NotBefore    *time.Time
	Reference    string
	Channels     map[dunning.Channel]ChannelResult
	FirstTriedAt *time.Time
	DoneAt       *time.Time
	DoneOn       *calendar.Date
}

const planStepColumns = `invoice_id, run_no, step, position, stage, action, occurrence, at, local_date, state, reason, not_before,
	reference, channels, first_tried_at, done_at, done_on`

// ChannelResult is what became of a step on one channel.
type ChannelResult struct {
	Status    string `json:"status"` // sent, skipped, failed, uncertain
	Reason    string `json:"reason,omitempty"`
	MessageID string `json:"message_id,omitempty"`
}

// StepState is where a step stands.
type StepState string

// The states of a step.
const (
	StepPending StepState = "pending"
	StepWaiting StepState = "waiting" // asked, and told to wait
	StepDone    StepState = "done"
	StepSkipped StepState = "skipped"
	StepFailed  StepState = "failed"
)

// Open reports whether the step still needs an outcome.
func (s StepState) Open() bool { return s == StepPending || s == StepWaiting }

// Hold silences an invoice, or all of a customer's, for a reason.
type Hold struct {
	ID         uuid.UUID
	CreditorID string
	CustomerID uuid.UUID
	InvoiceID  *uuid.UUID
	Reason     string
	UntilDay   *calendar.Date
	PlacedBy   string
	PlacedAt   time.Time
}

const holdColumns = `id, creditor_id, customer_id, invoice_id, reason, until_day, placed_by, placed_at`

// Dispute is a customer's objection to an invoice.
type Dispute struct {
	ID         uuid.UUID
	InvoiceID  uuid.UUID
	Reason     string
	OpenedBy   string
	OpenedAt   time.Time
	ResolvedAt *time.Time
	Resolution *string
	ResolvedBy *string
}

const disputeColumns = `id, invoice_id, reason, opened_by, opened_at, resolved_at, resolution, resolved_by`

// Promise is a customer's word to pay by a day.
type Promise struct {
	ID         uuid.UUID
	InvoiceID  uuid.UUID
	PromisedOn calendar.Date
	HoldsUntil calendar.Date
	MadeAt     time.Time
	Actor      string
	Status     string
	SettledAt  *time.Time
}

const promiseColumns = `id, invoice_id, promised_on, holds_until, made_at, actor, status, settled_at`
