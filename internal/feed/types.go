package feed

import "slices"

// Type is what an event says. Other systems rely on them: never rename one.
type Type string

// The types.
const (
	InvoiceReceived  Type = "invoice.received"
	InvoiceDelivered Type = "invoice.delivered"
	InvoiceAmended   Type = "invoice.amended"

	StageReached Type = "stage.reached" // a step of the stage was done
	StepSkipped  Type = "step.skipped"
	StepFailed   Type = "step.failed"
	StepReopened Type = "step.reopened" // it comes once more

	MessageSent      Type = "message.sent"
	MessageNotSent   Type = "message.not_sent"
	MessageUncertain Type = "message.uncertain" // nobody knows whether it left
	MessageConfirmed Type = "message.confirmed" // its provider knows it after all
	MessageBounced   Type = "message.bounced"
	// MessageComplained says that the recipient called it spam or unsubscribed.
	MessageComplained Type = "message.complained"
	MessageShadowed   Type = "message.shadowed" // written but kept in the house

	ChannelSilenced Type = "channel.silenced" // the customer wants no more messages on it
	ChannelRestored Type = "channel.restored"
	ReplyReceived   Type = "reply.received" // the customer answered a message

	CasePaused  Type = "case.paused" // what pauses the case changed
	CaseResumed Type = "case.resumed"

	DisputeOpened     Type = "dispute.opened"
	DisputeResolved   Type = "dispute.resolved"
	HoldPlaced        Type = "hold.placed"
	HoldReleased      Type = "hold.released"
	DoNotChaseChanged Type = "do_not_chase.changed"

	PromiseMade     Type = "promise.made"
	PromiseKept     Type = "promise.kept"
	PromiseBroken   Type = "promise.broken"
	PromiseReplaced Type = "promise.replaced" // by a newer one

	ReceiptRecorded Type = "receipt.recorded" // a payment or credit note came in
	ReceiptReversed Type = "receipt.reversed"
	LedgerBooked    Type = "ledger.booked" // an entry to book elsewhere too

	AllocationProposed Type = "allocation.proposed" // money came in that may be for the invoice; a person decides

	CaseHandedOff Type = "case.handed_off"
	CaseRecalled  Type = "case.recalled"
	CaseClosed    Type = "case.closed"
	CaseReopened  Type = "case.reopened"
)

// rule says which line becomes which event, and which members of its data go out.
type rule struct {
	kind    string
	is      Type
	members []string
}

// rules is the one table of what leaves the house. Members are those of the line, or
// what [store.FeedLine] knows of the ids in it; "amount" is written as money.
var rules = []rule{
	{"invoice_received", InvoiceReceived, []string{"amount", "due_date", "policy", "source"}},
	{"delivered", InvoiceDelivered, []string{"delivery_id", "on", "last"}},
	{"amended", InvoiceAmended, []string{"due_date", "due_date_before", "purchase_order"}},

	{"step_done", StageReached, []string{"stage", "step", "occurrence", "reference"}},
	{"step_skipped", StepSkipped, []string{"stage", "step", "occurrence", "reason"}},
	{"step_failed", StepFailed, []string{"stage", "step", "occurrence", "reason"}},
	{"step_reopened", StepReopened, []string{"stage", "step", "occurrence", "why"}},

	{"message_sent", MessageSent, []string{"message_id", "channel", "template", "audience"}},
	{"message_not_sent", MessageNotSent, []string{"message_id", "channel", "template", "audience", "code"}},
	{"message_uncertain", MessageUncertain, []string{"message_id", "channel", "template", "audience"}},
	{"message_processed", MessageConfirmed, []string{"message_id", "channel", "template", "audience"}},
	{"message_deferred", MessageConfirmed, []string{"message_id", "channel", "template", "audience"}},
	{"message_delivered", MessageConfirmed, []string{"message_id", "channel", "template", "audience"}},
	{"message_bounced", MessageBounced, []string{"message_id", "channel", "template", "audience", "code"}},
	{"message_complained", MessageComplained, []string{"message_id", "channel", "template", "audience", "code"}},
	{"message_shadowed", MessageShadowed, []string{"message_id", "channel", "template", "audience"}},

	{"channel_silenced", ChannelSilenced, []string{"channel", "reason", "message_id"}},
	{"channel_restored", ChannelRestored, []string{"channel"}},
	{"reply_received", ReplyReceived, []string{"reply_id", "message_id", "channel", "automatic", "task_id", "paused"}},

	{"paused", CasePaused, []string{"pauses"}},
	{"resumed", CaseResumed, nil},

	{"dispute_opened", DisputeOpened, []string{"dispute_id", "reason"}},
	{"dispute_resolved", DisputeResolved, []string{"dispute_id", "resolution"}},
	{"hold_placed", HoldPlaced, []string{"hold_id", "reason", "until", "scope"}},
	{"hold_released", HoldReleased, []string{"hold_id"}},
	{"do_not_chase", DoNotChaseChanged, []string{"set"}},

	{"promised", PromiseMade, []string{"promise_id", "on", "holds_until"}},
	{"promise_kept", PromiseKept, []string{"promise_id"}},
	{"promise_broken", PromiseBroken, []string{"promise_id"}},
	{"promise_replaced", PromiseReplaced, []string{"promise_id"}},

	{"receipt", ReceiptRecorded, []string{"receipt_id", "kind", "amount", "on", "status"}},
	{"receipt_reversed", ReceiptReversed, []string{"receipt_id", "reason"}},
	{"booked", LedgerBooked, []string{"entry_id", "kind", "amount", "value_date", "customer_credit", "receipt_id", "reverses"}},

	{"allocation_proposed", AllocationProposed, []string{"bank_entry_id", "amount", "rule"}},

	{"handed_off", CaseHandedOff, []string{"message_id"}},
	{"recalled", CaseRecalled, nil},
	{"closed", CaseClosed, []string{"outcome"}},
	{"reopened", CaseReopened, nil},
}

// Types lists all types in the order of the table.
func Types() []Type {
	var types []Type
	for _, r := range rules {
		if !slices.Contains(types, r.is) {
			types = append(types, r.is)
		}
	}
	return types
}

// Kinds are the lines behind the given types; no types means all. A type that does not
// exist has none.
func Kinds(types []Type) []string {
	kinds := []string{}
	for _, r := range rules {
		if len(types) == 0 || slices.Contains(types, r.is) {
			kinds = append(kinds, r.kind)
		}
	}
	return kinds
}

func ruleOf(kind string) (rule, bool) {
	for _, r := range rules {
		if r.kind == kind {
			return r, true
		}
	}
	return rule{}, false
}
