package dunning

// StepID names a step within a policy. Stored in histories: never rename.
type StepID string

// Steps that the engine adds by itself; they stand in no policy file.
const (
	// StepDeliveryCheck asks a person why no delivery was recorded.
	StepDeliveryCheck StepID = "delivery_check"
	// StepInvoiceCopy sends the invoice again because the customer asked for it.
	StepInvoiceCopy StepID = "invoice_copy"
	// StepAgencyRecall takes a case back from the agency once it is paid.
	StepAgencyRecall StepID = "agency_recall"
)

// Stage is one of the six stages of a collection. Stored: never rename.
type Stage string

// The stages in their order; StageClosed is shown after the run has ended.
const (
	StageInvoice          Stage = "invoice"
	StageCourtesyCall     Stage = "courtesy_call"
	StageReminder         Stage = "reminder"
	StageStricterReminder Stage = "stricter_reminder"
	StageSalesEscalation  Stage = "sales_escalation"
	StageAgency           Stage = "agency"
	StageClosed           Stage = "closed"
)

// Do is what a step does. Stored: never rename.
type Do string

// What a step can do.
const (
	DoSendInvoice Do = "send_invoice" // mail the invoice, or record that it was sent elsewhere
	DoSendCopy    Do = "send_copy"    // answer a customer who asked for a copy
	DoCall        Do = "call"         // put the customer on the collectors' call list
	DoMessage     Do = "message"      // write to the customer
	DoEscalate    Do = "escalate"     // tell the account manager
	DoHandOff     Do = "hand_off"     // give the case to the agency, after approval
	DoTask        Do = "task"         // ask a person to look at the case
)

// Channel is a way of reaching a customer. Stored: never rename.
type Channel string

// The channels.
const (
	ChannelEmail Channel = "email"
	ChannelSMS   Channel = "sms"
	ChannelCall  Channel = "call"
)

// Tone is how firmly a message speaks; it climbs one rung at a time.
type Tone int

// The rungs.
const (
	ToneNone     Tone = iota // an invoice: nothing is late
	ToneFriendly             // assumes an oversight
	ToneFirm                 // demands payment by a date
	ToneFinal                // names the agency and the day
)

// Uncertainty is what a step does when nobody can say whether its message left.
type Uncertainty string

// A friendly message is sent once more, since a second one does no harm; a formal
// one is left to a person.
const (
	ResendOnce Uncertainty = "resend"
	AskPerson  Uncertainty = "ask"
)

// Role is what a person may do in the product. Stored: never rename.
type Role string

// The roles.
const (
	RoleCollector     Role = "collector"
	RoleFinance       Role = "finance"
	RoleSales         Role = "sales"
	RoleAuditor       Role = "auditor"
	RoleAdministrator Role = "administrator"
)

// Colleague is a person of the creditor's.
type Colleague string

// AccountManager is the customer's, or the substitute while that one is away.
const AccountManager Colleague = "account_manager"

// DebtorKind says what the customer is in law; it decides what may be claimed and
// whether the ladder may run at all. Stored: never rename.
type DebtorKind string

// The kinds. A sole trader counts as unknown until the law of consumers is built.
const (
	KindBusiness   DebtorKind = "business"
	KindSoleTrader DebtorKind = "sole_trader"
	KindConsumer   DebtorKind = "consumer"
	KindPublicBody DebtorKind = "public_body"
	KindUnknown    DebtorKind = "unknown"
)

// MayBeDunned reports whether the ladder may run for such a debtor. Everybody else
// gets the invoice and then a person's attention.
func (k DebtorKind) MayBeDunned() bool { return k == KindBusiness || k == KindPublicBody }

// Mode is how far a creditor trusts the product. Stored: never rename.
type Mode string

// The modes.
const (
	ModeShadow    Mode = "shadow"    // nothing leaves; the outbox is shown
	ModeApprove   Mode = "approve"   // a person releases the day's batch
	ModeAutomatic Mode = "automatic" // steps go by themselves
)
