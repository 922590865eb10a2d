package dunning

import "time"

// Answer is what a claim says of a step. Stored in histories: never rename.
type Answer string

// The answers. Wait is no outcome: the step stays pending.
const (
	AnswerGo      Answer = "go" // only inside a claim: the step may be done now
	AnswerDone    Answer = "done"
	AnswerSkipped Answer = "skipped"
	AnswerFailed  Answer = "failed" // always with a task for a person
	AnswerWait    Answer = "wait"
)

// Final reports whether the answer ends the step.
func (a Answer) Final() bool {
	return a == AnswerDone || a == AnswerSkipped || a == AnswerFailed
}

// Reason says why a step did not go out. Stored in histories: never rename.
type Reason string

// Reasons of a skipped step.
const (
	ReasonPaid          Reason = "paid"
	ReasonCredited      Reason = "credited"
	ReasonWrittenOff    Reason = "written_off"
	ReasonBelowMinimum  Reason = "below_minimum"
	ReasonWaived        Reason = "waived"
	ReasonNotApplicable Reason = "not_applicable"
	ReasonShadow        Reason = "shadow"
)

// Reasons to wait.
const (
	ReasonDisputed       Reason = "disputed"
	ReasonHeld           Reason = "held"
	ReasonDoNotChase     Reason = "do_not_chase"
	ReasonPromisePending Reason = "promise_pending"
	ReasonOutsideWindow  Reason = "outside_window"
	ReasonContactCap     Reason = "contact_cap"
	ReasonBankDataStale  Reason = "bank_data_stale"
	ReasonProviderDown   Reason = "provider_down"
	ReasonNotReleased    Reason = "not_released"
	ReasonStopped        Reason = "stopped"
	ReasonUnsettled      Reason = "unsettled"
	ReasonCreditCovers   Reason = "credit_covers"
)

// Reasons of a failed step; each comes with a task.
const (
	ReasonTooLate   Reason = "too_late"
	ReasonNoContact Reason = "no_contact"
	ReasonRejected  Reason = "rejected"
	ReasonBounced   Reason = "bounced"
)

// Verdict is the answer of [Decide].
type Verdict struct {
	Answer    Answer
	Reason    Reason
	NotBefore time.Time // for AnswerWait: when it is worth asking again; zero: only when a fact changes
}

// ClosedReason is the reason with which steps are skipped after a case closed with
// the given outcome ("paid", "credited", "written_off").
func ClosedReason(outcome Reason) Reason {
	switch outcome {
	case ReasonCredited, ReasonWrittenOff:
		return outcome
	default:
		return ReasonPaid
	}
}
