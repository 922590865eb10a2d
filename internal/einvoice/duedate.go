package einvoice

import (
	"fmt"

	"maan/internal/calendar"
)

// dueDate settles when the document falls due. A credit note needs no due
// date: nobody is asked to pay it.
func (x *extractor) dueDate() {
	d := x.doc
	if x.kind == KindCreditNote {
		d.DueDate = x.creditDueDate()
		return
	}
	const path = "cbc:DueDate"
	at := x.root.Path() + "/" + path
	if n := x.one(x.root, path); x.value(n) != "" {
		d.DueDate = x.date(x.root, path, SeverityError)
		if !d.DueDate.IsZero() && d.DueDate.Before(d.IssueDate) {
			x.fail(CodeDueBeforeIssue, at, fmt.Sprintf("the due date %s is before the issue date %s; correct one of them", d.DueDate, d.IssueDate))
		}
		return
	}
	if d.PaymentTerms == "" {
		x.fail(CodeDueDateMissing, at, "there is neither a due date nor payment terms (BR-CO-25); add the due date")
		return
	}
	x.warn(CodeDueDateMissing, at, "there is no due date, only payment terms in words; add the due date")
	x.assumeDueDate(at)
}

// assumeDueDate computes the due date from the terms where they leave no
// doubt.
func (x *extractor) assumeDueDate(at string) {
	d := x.doc
	days, ok := daysInTerms(d.PaymentTerms)
	if !ok || d.IssueDate.IsZero() {
		return
	}
	due := d.IssueDate.AddDays(days)
	if due.Year > maxYear {
		return
	}
	d.DueDate = due
	x.warn(CodeDueDateAssumed, at, fmt.Sprintf("the due date was taken to be %s: %d days, as the payment terms say, after the issue date %s; check it", due, days, d.IssueDate))
}

// maxYear is the last year that can be written as YYYY-MM-DD.
const maxYear = 9999

// creditDueDate takes the first due date that any payment means of a credit
// note states: UBL has no DueDate on the credit note itself.
func (x *extractor) creditDueDate() calendar.Date {
	for _, m := range x.root.All(meansPath) {
		if len(m.All("cbc:PaymentDueDate")) > 0 {
			return x.date(m, "cbc:PaymentDueDate", SeverityWarning)
		}
	}
	return calendar.Date{}
}
