package message

import (
	"fmt"

	"maan/internal/calendar"
	"maan/internal/money"
)

// Validate reports whether the data holds everything the template states. The
// error is a *MissingError that names every missing field at once, or wraps
// [ErrTemplate].
func Validate(t Template, d Data) error {
	return validate(t, clean(d))
}

// validate expects clean data.
func validate(t Template, d Data) error {
	needs, ok := mailNeeds[t]
	if !ok {
		return fmt.Errorf("%w: %q", ErrTemplate, t)
	}
	return lacking(string(t), needs, d)
}

func lacking(name string, needs []field, d Data) error {
	var missing []string
	for _, f := range needs {
		if !f.present(&d) {
			missing = append(missing, f.name)
		}
	}
	if len(missing) > 0 {
		return &MissingError{Message: name, Fields: missing}
	}
	return nil
}

// field is one thing a message must state.
type field struct {
	name    string // as an operator finds it in the record
	present func(*Data) bool
}

func text(name string, of func(*Data) *string) field {
	return field{name, func(d *Data) bool { return *of(d) != "" }}
}

func date(name string, of func(*Data) *calendar.Date) field {
	return field{name, func(d *Data) bool { return !of(d).IsZero() }}
}

func sum(name string, of func(*Data) *money.Amount) field {
	return field{name, func(d *Data) bool { return of(d).IsPositive() && of(d).Currency != "" }}
}

var (
	creditorName = text("creditor.name", func(d *Data) *string { return &d.Creditor.Name })
	phone        = text("creditor.phone", func(d *Data) *string { return &d.Creditor.Phone })
	iban         = text("creditor.iban", func(d *Data) *string { return &d.Creditor.IBAN })
	accountName  = text("creditor.account_name", func(d *Data) *string { return &d.Creditor.AccountName })
	customerName = text("customer.legal_name", func(d *Data) *string { return &d.Customer.LegalName })
	number       = text("invoice.number", func(d *Data) *string { return &d.Invoice.Number })
	issueDate    = date("invoice.issue_date", func(d *Data) *calendar.Date { return &d.Invoice.IssueDate })
	dueDate      = date("invoice.due_date", func(d *Data) *calendar.Date { return &d.Invoice.DueDate })
	amount       = sum("invoice.amount", func(d *Data) *money.Amount { return &d.Invoice.Amount })
	open         = sum("invoice.open", func(d *Data) *money.Amount { return &d.Invoice.Open })
	payBy        = date("pay_by", func(d *Data) *calendar.Date { return &d.PayBy })
	handOffOn    = date("hand_off_on", func(d *Data) *calendar.Date { return &d.HandOffOn })
	agencyName   = text("agency_name", func(d *Data) *string { return &d.AgencyName })

	daysOverdue = field{"invoice.days_overdue", func(d *Data) bool { return d.Invoice.DaysOverdue > 0 }}
	attached    = field{"invoice.attached", func(d *Data) bool { return d.Invoice.Attached }}
	manager     = text("escalation.account_manager", func(d *Data) *string { return &d.Escalation.AccountManager })
	deadline    = date("escalation.deadline", func(d *Data) *calendar.Date { return &d.Escalation.Deadline })

	// openKnown lets a recalled case be paid in full.
	openKnown = field{"invoice.open", func(d *Data) bool {
		return d.Invoice.Open.Currency != "" && !d.Invoice.Open.IsNegative()
	}}
	// inOrder keeps a notice from demanding payment after the hand-off it announces.
	inOrder = field{"hand_off_on (not before pay_by)", func(d *Data) bool {
		return d.PayBy.IsZero() || d.HandOffOn.IsZero() || !d.HandOffOn.Before(d.PayBy)
	}}
)

// letterhead is what identifies the sender in every mail: the identification
// that business letters must carry (for instance §35a GmbHG, art. 2:25 CSA,
// art. 2:186 BW, art. R123-237 code de commerce).
var letterhead = []field{
	creditorName,
	{"creditor.registration_number or creditor.vat_number", func(d *Data) bool {
		return d.Creditor.RegistrationNumber != "" || d.Creditor.VATNumber != ""
	}},
	text("creditor.street", func(d *Data) *string { return &d.Creditor.Street }),
	text("creditor.postcode", func(d *Data) *string { return &d.Creditor.Postcode }),
	text("creditor.city", func(d *Data) *string { return &d.Creditor.City }),
	phone,
	text("creditor.contact_name", func(d *Data) *string { return &d.Creditor.ContactName }),
	text("creditor.reply_to", func(d *Data) *string { return &d.Creditor.ReplyTo }),
}

var (
	caseFacts    = together(letterhead, []field{customerName, number, dueDate, amount})
	paymentFacts = together(caseFacts, []field{open, iban, accountName})
)

var mailNeeds = map[Template][]field{
	Invoice:          together(paymentFacts, []field{issueDate}),
	InvoiceCopy:      together(paymentFacts, []field{issueDate, attached}),
	Reminder:         paymentFacts,
	StricterReminder: together(paymentFacts, []field{daysOverdue, payBy}),
	FinalNotice:      together(paymentFacts, []field{issueDate, daysOverdue, payBy, handOffOn, agencyName, inOrder}),
	SalesEscalation:  together(caseFacts, []field{open, daysOverdue, manager, deadline}),
	AgencyHandOff:    together(paymentFacts, []field{issueDate, agencyName}),
	AgencyRecall:     together(caseFacts, []field{openKnown, agencyName}),
}

var smsNeeds = map[Template][]field{
	Reminder:         {creditorName, phone, number, dueDate, open},
	StricterReminder: {creditorName, phone, number, dueDate, open, payBy},
}

func together(parts ...[]field) []field {
	var all []field
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
