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
