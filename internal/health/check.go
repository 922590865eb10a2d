package health

import (
	"time"
)

// Severity says how bad a condition is.
type Severity string

// The severities. A warning can wait for the next working day; at an alarm somebody is not
// written to who should be, or might be written to twice.
const (
	OK      Severity = "ok"
	Warning Severity = "warning"
	Alarm   Severity = "alarm"
)

func (s Severity) rank() int {
	switch s {
	case Alarm:
		return 2
	case Warning:
		return 1
	default:
		return 0
	}
}

// Condition names what is looked for. Stored: never rename.
type Condition string

// The conditions.
const (
	OverdueSteps   Condition = "overdue_steps"
	UncertainSends Condition = "uncertain_sends"
	ProviderErrors Condition = "provider_errors"
	MissingReports Condition = "missing_reports"
	StaleBankData  Condition = "stale_bank_data"
	StuckOutbox    Condition = "stuck_outbox"
	StuckWebhooks  Condition = "stuck_webhooks"
	MissingCases   Condition = "cases_without_workflow"
	NoAddress      Condition = "customers_without_address"
	LateReconcile  Condition = "late_reconcile"
	NoWorker       Condition = "no_worker"
)

// Check is a condition and what was found of it.
type Check struct {
	Condition Condition
	Subject   string // which provider's channel; empty where there is only one
	Severity  Severity
	Count     int
	Oldest    *time.Time // since when the oldest thing is as it should not be
	Since     *time.Time // when the alarm for it was raised; nil without one
}

// Texts are a condition in words: what is looked at, and what to do when it is not well.
type Texts struct{ What, ToDo string }

// Text is the condition in words.
func (c Condition) Text() Texts { return texts[c] }

//nolint:gochecknoglobals // a constant table
var texts = map[Condition]Texts{
	OverdueSteps: {
		"Steps that should have been done more than an hour ago, of open cases that nothing pauses.",
		"See that a worker runs and reaches Temporal and PostgreSQL; look at one such case in the Temporal UI. Steps catch up by themselves, without a burst.",
	},
	UncertainSends: {
		"Messages that were claimed and of which nobody knows, past the time for settling, whether they left.",
		"See that the provider's webhook reaches the API. Do not send by hand: the step's own rule decides, and a formal letter is a task for a person.",
	},
	ProviderErrors: {
		"What the provider of this channel does not take, does not answer or refuses, and whether its circuit is open: then nothing is sent to it.",
		"Look at the provider's status page and at MAAN_SENDGRID_* or MAAN_TWILIO_* (an expired key shows as status_401). Nothing is lost: each message waits and goes when it is taken again, or becomes a task after its deadline.",
	},
	MissingReports: {
		"Messages that the provider of this channel took and on none of which it has reported.",
		"See that MAAN_PUBLIC_URL is reached from outside, that the provider's webhook is switched on, and that MAAN_SENDGRID_WEBHOOK_KEY or MAAN_TWILIO_TOKEN is right: the API logs what it refuses.",
	},
	StaleBankData: {
		"Creditors that want payments known before they remind, and whose payment data is old.",
		"Import the creditor's newest bank statement or open-items file. Reminders wait until then and go by themselves.",
	},
	StuckOutbox: {
		"Facts of which a case's workflow has not heard for ten minutes.",
		"See that Temporal is up. If it is, docs/operations.md, \"A stuck outbox row\", says what each error code means.",
	},
	StuckWebhooks: {
		"Events that another system's webhook has not taken for an hour, and webhooks that were given up.",
		"GET /v1/webhooks and its deliveries say what the other system answered. Mend it there, then POST /v1/webhooks/{id}/enable if it was given up.",
	},
	MissingCases: {
		"Open invoices whose case runs no more: somebody ended it by hand.",
		"Finance has a task for each. Settle the invoice by hand, or migrate its policy to begin a new run; `maan reconcile` looks again at once.",
	},
	NoAddress: {
		"Customers with open invoices whom no e-mail address or mobile reaches.",
		"Add an address with POST /v1/customers/{id}/contacts; the case goes on by itself.",
	},
	LateReconcile: {
		"The daily comparison of open invoices with running cases did not take place.",
		"See that a worker runs and read its log for `loop failed`; run `maan reconcile`.",
	},
	NoWorker: {
		"No worker has looked after the cases for some minutes.",
		"Start a worker, and see in its log why it ended. Facts are accepted meanwhile and steps catch up.",
	},
}

// Report is what was found of all conditions.
type Report struct {
	At     time.Time
	Checks []Check
}

// Overall is the worst of all.
func (r Report) Overall() Severity {
	worst := OK
	for _, c := range r.Checks {
		if c.Severity.rank() > worst.rank() {
			worst = c.Severity
		}
	}
	return worst
}
