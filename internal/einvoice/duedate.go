package einvoice

import (
	"fmt"

	"maan/internal/calendar"
)

const termsPath = "cac:PaymentTerms/cbc:Note"

// dueDate settles when the document falls due, and until when a discount may
// be taken. A credit note needs no due date: nobody is asked to pay it.
func (x *extractor) dueDate() {
	d := x.doc
	if x.kind == KindCreditNote {
		d.DueDate = x.creditDueDate()
		return
	}
	const path = "cbc:DueDate"
	at := x.root.Path() + "/" + path
	t := readTerms(d.PaymentTerms)
	switch n := x.one(x.root, path); {
	case x.value(n) != "":
		d.DueDate = x.date(x.root, path, SeverityError)
		if !d.DueDate.IsZero() && d.DueDate.Before(d.IssueDate) {
			x.fail(CodeDueBeforeIssue, at, fmt.Sprintf("the due date %s is before the issue date %s; correct one of them", d.DueDate, d.IssueDate))
		}
	case d.PaymentTerms == "":
		x.fail(CodeDueDateMissing, at, "there is neither a due date nor payment terms (BR-CO-25); add the due date")
	case t.days == 0:
		x.warn(CodeDueDateMissing, at, "there is no due date, and the payment terms name none that can be read without doubt; add the due date")
	default:
		x.warn(CodeDueDateMissing, at, "there is no due date, only payment terms in words; add the due date")
		x.assumeDueDate(at, t)
	}
	x.cashDiscount(t)
}

// assumeDueDate computes the due date from terms that leave no doubt. Terms
// with two readings that give different dates are left to a person.
func (x *extractor) assumeDueDate(at string, t terms) {
	d := x.doc
	if d.IssueDate.IsZero() {
		return
	}
	daysFirst, endFirst := endOfMonth(d.IssueDate.AddDays(t.days)), endOfMonth(d.IssueDate).AddDays(t.days)
	var due calendar.Date
	var how string
	switch {
	case t.monthEnd == noMonthEnd:
		due, how = d.IssueDate.AddDays(t.days), "%d days, as the payment terms say, after the issue date %s"
	case t.monthEnd == monthEndFirst:
		due, how = endFirst, "%d days, as the payment terms say, after the end of the month of the issue date %s"
	case daysFirst == endFirst:
		due, how = daysFirst, "%d days end of month, as the payment terms say, from the issue date %s, whether the days or the end of the month count first"
	default:
		x.warn(CodeDueDateAmbiguous, at, fmt.Sprintf("the payment terms say %d days end of month, which has two readings: %s (the days, then the end of that month) or %s (the end of the month of issue, then the days); a person must choose, add the due date that was agreed",
			t.days, daysFirst, endFirst))
		return
	}
	if due.Year > maxYear {
		return
	}
	d.DueDate = due
	x.warn(CodeDueDateAssumed, at, fmt.Sprintf("the due date was taken to be %s: "+how+"; check it", due, t.days, d.IssueDate))
}

func endOfMonth(d calendar.Date) calendar.Date {
	return calendar.NewDate(d.Year, d.Month+1, 0)
}

// cashDiscount notes a discount that the terms grant beyond doubt. Its last day
// cannot be after the due date; and where only the lack of other days ties the
// days to the discount, it must be before it, since they may be the term.
func (x *extractor) cashDiscount(t terms) {
	d := x.doc
	last := d.IssueDate.AddDays(t.discount.days)
	late := last.After(d.DueDate) || (t.discount.loose && last == d.DueDate)
	known := t.discount.hundredths > 0 && !d.IssueDate.IsZero() && last.Year <= maxYear
	if d.DueDate.IsZero() {
		known = known && !t.discount.loose
	} else {
		known = known && !late
	}
	switch {
	case known:
		d.Discount = CashDiscount{BasisPoints: t.discount.hundredths, Days: t.discount.days, Until: last}
	case t.unclear || t.discount.hundredths > 0:
		x.warn(CodeDiscountUnclear, x.root.Path()+"/"+termsPath,
			"the payment terms speak of a discount whose percentage and days cannot be read without doubt; a person must judge a payment that is short by it")
	}
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
