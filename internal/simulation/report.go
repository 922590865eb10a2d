package simulation

import (
	"fmt"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// Report is what a policy would have done about a history.
type Report struct {
	Policy        string        `json:"policy"`
	Title         string        `json:"title"`
	Invoices      int           `json:"invoices"`
	Customers     int           `json:"customers"`
	From          calendar.Date `json:"from"` // first day of issue
	To            calendar.Date `json:"to"`   // last day of issue
	Disputed      int           `json:"disputed"`
	Paid          int           `json:"paid"`
	PaidLate      int           `json:"paid_late"` // after the due date
	Steps         []StepReport  `json:"steps"`
	Acts          Acts          `json:"acts"`
	Contacts      Contacts      `json:"contacts"`
	BeforeContact Share         `json:"paid_before_contact"` // invoices paid before the first contact, of all
	Broken        Broken        `json:"broken_rules"`
	Assumptions   []string      `json:"assumptions"`
	LeftOut       int           `json:"rows_left_out"`
	Faults        []Fault       `json:"faults"` // of the rows left out

	// Timelines has every step of every invoice, in the order of the history. It is not part
	// of the JSON form: see [Study.WriteCSV].
	Timelines []*Timeline `json:"-"`
}

// StepReport is what became of one step over all invoices that have it. Done, PaidBefore,
// Skipped, Failed and Waiting add up to Invoices.
type StepReport struct {
	Policy     string                 `json:"policy"` // the simulated one, or manual
	Step       dunning.StepID         `json:"step"`
	Label      string                 `json:"label"`
	Do         dunning.Do             `json:"do"`
	Channels   []dunning.Channel      `json:"channels,omitempty"`
	Invoices   int                    `json:"invoices"`
	Done       Share                  `json:"done"`
	PaidBefore Share                  `json:"paid_before"` // paid before the step came
	Skipped    map[dunning.Reason]int `json:"skipped"`     // for other reasons than a payment
	Failed     map[dunning.Reason]int `json:"failed"`
	Waited     map[dunning.Reason]int `json:"waited"`  // how often the step was told to wait
	Waiting    int                    `json:"waiting"` // for ever: a dispute without an end
}

// Share is a number of invoices and its part of all of them.
type Share struct {
	Count   int    `json:"count"`
	Percent string `json:"percent"` // with one decimal, "62.6"
}

// Acts are the numbers of what would have left the house.
type Acts struct {
	InvoiceMails int `json:"invoice_mails"`
	Emails       int `json:"emails"`     // reminders and notices: one for each customer and day
	SMS          int `json:"sms"`        // likewise
	Calls        int `json:"calls"`      // one for each invoice
	CallTasks    int `json:"call_tasks"` // one for each customer and day
	Escalations  int `json:"escalations"`
	HandOffs     int `json:"hand_offs"`
	Tasks        int `json:"tasks"` // other questions to a person
}

// Contacts are reminders, notices and calls. Invoices, and what goes to colleagues and the
// agency, are none. One on two channels is one contact.
type Contacts struct {
	Total      int    `json:"total"`
	PerInvoice string `json:"per_invoice"` // with two decimals, "0.71"
	Invoices   []Bar  `json:"invoices"`    // how many invoices had 0, 1, 2... contacts
	Weekdays   []Bar  `json:"weekdays"`    // Monday to Sunday, at the customer's
	Months     []Bar  `json:"months"`      // months with a contact, at the customer's
}

// Bar is one count of a distribution.
type Bar struct {
	Of    string `json:"of"`
	Count int    `json:"count"`
}

// Broken counts what must never happen, from the dates of the history alone: each is 0.
type Broken struct {
	Disputed     int `json:"on_disputed"`   // while the invoice was disputed
	AfterPayment int `json:"after_payment"` //
	FreeDays     int `json:"on_free_days"`  // at a weekend or on a holiday of the customer's
}

// Any reports whether a rule was broken, which is a fault of the engine.
func (b Broken) Any() bool { return b != Broken{} }

func share(n, of int) Share {
	return Share{Count: n, Percent: ratio(n*100, of, 1)}
}

// ratio is n/of, rounded half up to the given number of decimals, 1 or 2.
func ratio(n, of, decimals int) string {
	unit := 10
	if decimals == 2 {
		unit = 100
	}
	if of == 0 {
		of = 1
	}
	q := (2*n*unit + of) / (2 * of)
	return fmt.Sprintf("%d.%0*d", q/unit, decimals, q%unit)
}
