package message_test

import (
	"time"

	"maan/internal/calendar"
	"maan/internal/message"
	"maan/internal/money"
)

// sample is one realistic case: a Dutch supplier, a customer who pays late.
// Every field is filled, so that every template can be rendered from it.
func sample() message.Data {
	return message.Data{
		Creditor: message.Creditor{
			Name: "Noorderlicht Techniek", LegalName: "Noorderlicht Techniek B.V.",
			RegistrationNumber: "01234567", VATNumber: "NL001234567B01",
			Street: "Havenstraat 12", Postcode: "9712 AB", City: "Groningen", Country: "Nederland",
			Phone: "+31 50 123 45 67", ContactName: "Sanne Bakker", ReplyTo: "debiteuren@noorderlicht.example",
			IBAN: "NL91ABNA0417164300", AccountName: "Noorderlicht Techniek B.V.",
			Website: "www.noorderlicht.example",
		},
		Recipient: message.Recipient{Name: "Anne Lefèvre", FirstName: "Anne"},
		Customer:  message.Customer{Number: "K-1042", LegalName: "Brouwerij Janssen & Zonen"},
		Invoice: message.InvoiceFacts{
			Number: "2026-0123", IssueDate: day(time.September, 14), DueDate: day(time.October, 14),
			Amount: euro(121000), Open: euro(121000),
			PaymentReference: "RF18 5390 0754 7034", PurchaseOrder: "PO 4711",
			DaysOverdue: 14, Attached: true,
		},
		PayBy: day(time.November, 11), PreviousReminder: day(time.October, 19),
		HandOffOn: day(time.November, 18), AgencyName: "Vesting Incasso",
		Escalation: message.Escalation{
			AccountManager: "Tom", Deadline: day(time.November, 11),
			Steps: []message.StepLine{
				{Date: day(time.September, 14), Label: "invoice"},
				{Date: day(time.October, 7), Label: "courtesy_call"},
				{Date: day(time.October, 19), Label: "reminder"},
				{Date: day(time.October, 28), Label: "stricter_reminder"},
				{Date: day(time.November, 2), Label: "promise"},
			},
			OpenPromises: 1, Disputes: 0,
		},
		QRPNG: []byte("\x89PNG sample"),
	}
}

// invoice is the sample about another invoice at a stage.
func invoice(t message.Template, number string, due calendar.Date, cents int64, reference string) message.Part {
	d := sample()
	d.Invoice = message.InvoiceFacts{
		Number: number, IssueDate: due.AddDays(-30), DueDate: due, Amount: euro(cents), Open: euro(cents), PaymentReference: reference,
		DaysOverdue: day(time.November, 4).DaysSince(due), Attached: true,
	}
	d.PreviousReminder = calendar.Date{}
	if t != message.Reminder {
		d.PreviousReminder = due.AddDays(5)
	}
	return message.Part{Template: t, Data: d}
}

// threeStages are seven invoices of one customer, the longest due first.
func threeStages() []message.Part {
	parts := []message.Part{
		invoice(message.FinalNotice, "2026-0098", day(time.September, 30), 484000, "RF18 5390 0754 7034"),
		invoice(message.FinalNotice, "2026-0101", day(time.October, 5), 121000, "RF71 2348 231"),
		invoice(message.StricterReminder, "2026-0117", day(time.October, 19), 36300, "RF45 G72U UR"),
		invoice(message.StricterReminder, "2026-0119", day(time.October, 20), 1234567, ""),
		invoice(message.Reminder, "2026-0130", day(time.October, 29), 9075, ""),
		invoice(message.Reminder, "2026-0131", day(time.October, 30), 60500, "RF08 B370 2321"),
		invoice(message.Reminder, "2026-0133/CREDIT-ORDER-4711-A", day(time.October, 30), 24200, ""),
	}
	parts[2].Data.Invoice.Open = euro(12100)
	parts[5].Data.Invoice.PurchaseOrder = "PO 4711"
	parts[6].Data.Reopened = true
	return parts
}

// claims are three invoices with interest and costs, asked of two and announced for one, and one
// in another currency to another account.
func claims() []message.Part {
	asked, announced := invoice(message.StricterReminder, "2026-0117", day(time.October, 19), 121000, ""), invoice(message.StricterReminder, "2026-0118", day(time.October, 19), 121000, "")
	asked.Data.Claim = claiming("NL").Claim
	announced.Data.MayAdd, announced.Data.Claim = true, claimable()
	final := invoice(message.FinalNotice, "2026-0098", day(time.September, 30), 121000, "")
	final.Data.Claim = claiming("BE").Claim
	dollars := invoice(message.Reminder, "2026-0130", day(time.October, 29), 9075, "")
	dollars.Data.Invoice.Amount.Currency, dollars.Data.Invoice.Open.Currency = "USD", "USD"
	dollars.Data.Creditor.IBAN = "BE68539007547034"
	return []message.Part{final, asked, announced, dollars}
}

// reminders are two invoices that one transfer pays.
func reminders() []message.Part {
	return []message.Part{
		invoice(message.Reminder, "2026-0130", day(time.October, 29), 9075, "RF18 5390 0754 7034"),
		invoice(message.Reminder, "2026-0131", day(time.October, 30), 60500, "RF18 5390 0754 7034"),
	}
}

// notYetDue is the sample as it is when the invoice goes out.
func notYetDue() message.Data {
	d := sample()
	d.Invoice.DaysOverdue = 0
	d.PreviousReminder = calendar.Date{}
	return d
}

func day(month time.Month, d int) calendar.Date { return calendar.NewDate(2026, month, d) }

func euro(cents int64) money.Amount { return money.New(cents, "EUR") }

// claimable is what the law lets the sample's creditor add.
func claimable() message.Claim {
	return message.Claim{Law: "NL", Rate: "10.40", Until: day(time.October, 28), Interest: euro(0), Costs: euro(18150)}
}

// claiming is the sample under a law, with interest and costs asked, some of the interest
// at a rate that is not published yet.
func claiming(country string) message.Data {
	d := sample()
	d.Invoice.DaysOverdue = 14
	d.Claim = claimable()
	d.Claim.Law, d.Claim.Interest = country, euro(483)
	if country == "NL" {
		d.Claim.VAT, d.Claim.RateKnownUntil = true, day(time.October, 20)
	} else {
		d.Claim.Rate, d.Claim.Costs = "10.50", euro(4000)
	}
	d.Claim.Total = euro(d.Invoice.Open.Minor + d.Claim.Interest.Minor + d.Claim.Costs.Minor)
	return d
}
