package document_test

import (
	"strconv"
	"time"

	"maan/internal/calendar"
	"maan/internal/document"
	"maan/internal/message"
	"maan/internal/money"
)

// A Dutch supplier and a customer who pays late; the names hold what the fonts
// must show.
func letterhead(language string) document.Letterhead {
	return document.Letterhead{
		Language: language, Date: day(time.October, 28),
		Creditor: message.Creditor{
			Name: "Noorderlicht Techniek", LegalName: "Noorderlicht Techniek B.V.",
			RegistrationNumber: "01234567", VATNumber: "NL001234567B01",
			Street: "Havenstraat 12", Postcode: "9712 AB", City: "Groningen", Country: "Nederland",
			Phone: "+31 50 123 45 67", ContactName: "Sanne Bakker", ReplyTo: "debiteuren@noorderlicht.example",
			IBAN: "NL91ABNA0417164300", AccountName: "Noorderlicht Techniek B.V.",
			Website: "https://www.noorderlicht.example/",
		},
		Customer: document.Customer{
			Number: "K-1042", LegalName: "Brasserie Łódź & Großmann-Šimić", Attention: "Anne Lefèvre",
			Street: "Rue de l’Étoile 8", Postcode: "1000", City: "Bruxelles", Country: "België",
			RegistrationNumber: "0566.988.259", VATNumber: "BE0566988259",
		},
	}
}

func facts() message.InvoiceFacts {
	return message.InvoiceFacts{
		Number: "2026-0123", IssueDate: day(time.September, 1), DueDate: day(time.October, 1),
		Amount: euro(12_100_00), Open: euro(10_000_00),
		PaymentReference: "RF18 5390 0754 7034", PurchaseOrder: "PO 4711",
	}
}

func invoiceCopy(language string) document.InvoiceData {
	d := document.InvoiceData{
		Letterhead: letterhead(language), Invoice: facts(), DeliveredOn: day(time.August, 30),
		Original: &document.Original{Channel: "peppol", SentOn: day(time.September, 1)},
		Terms:    document.LateTerms{Law: lawOf(language), Rate: "10.40"},
	}
	d.Date = day(time.September, 2)
	d.Invoice.Open = d.Invoice.Amount
	return d
}

// lawOf gives every language another law, so that each has its golden file.
func lawOf(language string) string {
	return map[string]string{"nl": "NL", "fr": "FR", "de": "DE", "en": "BE"}[language]
}

// claiming demands interest and costs now. Its lines are rounded one by one and
// add up to a cent less than the total, as vector I2 of the interest rules does.
func claiming(language string) document.ReminderData {
	article := map[string]string{"nl": "art. 6:119a BW", "fr": "art. L441-10", "de": "§ 288 Abs. 2 BGB", "en": "art. 5, law of 2 August 2002"}[language]
	d := document.ReminderData{
		Letterhead: letterhead(language), Invoice: facts(),
		PayBy: day(time.November, 11), PreviousReminder: day(time.October, 19),
		Law: lawOf(language),
		Claimed: document.Claim{
			Interest: []document.InterestLine{
				{From: day(time.June, 1), To: day(time.June, 30), Days: 30, Rate: "10.15", Base: euro(12_100_00), Amount: euro(100_94), Article: article},
				{From: day(time.July, 1), To: day(time.August, 15), Days: 46, Rate: "10.40", Base: euro(12_100_00), Amount: euro(158_59), Article: article},
			},
			InterestTotal: euro(259_54), DayCount: "ACT/365",
			Costs: []document.CostLine{{Kind: "EUR40", Amount: euro(40_00), Article: map[string]string{"fr": "art. D441-5", "de": "§ 288 Abs. 5 BGB"}[language]}},
		},
	}
	d.Invoice.IssueDate, d.Invoice.DueDate = day(time.May, 1), day(time.May, 31)
	d.Invoice.Open = d.Invoice.Amount
	return d
}

func statement(language string) document.StatementData {
	d := document.StatementData{Letterhead: letterhead(language)}
	for i, late := range []int{-14, 0, 1, 30, 31, 60, 61, 90, 91, 400} {
		due := d.Date.AddDays(-late)
		d.Items = append(d.Items, document.OpenItem{
			Number: "2026-0" + strconv.Itoa(100+i), IssueDate: due.AddDays(-30), DueDate: due,
			Amount: euro(int64(1_000_00 * (i + 1))), Open: euro(int64(900_00 * (i + 1))), Disputed: i == 4,
		})
	}
	d.Items[2].PurchaseOrder = "PO 4711"
	d.Items = append(d.Items, document.OpenItem{
		Number: "2026-UK7", IssueDate: day(time.August, 1), DueDate: day(time.August, 31), Amount: money.New(150_00, "GBP"), Open: money.New(150_00, "GBP"),
	})
	d.Payments = []document.Entry{
		{Date: day(time.October, 2), Reference: "RF18 5390 0754 7034", Invoice: "2026-0104", Amount: euro(500_00)},
		{Date: day(time.September, 12), Reference: "overschrijving", Invoice: "2026-0101", Amount: euro(200_00)},
	}
	d.Credits = []document.Entry{{Date: day(time.October, 5), Reference: "C-2026-004", Amount: euro(1_234_56)}, {Date: day(time.October, 6), Reference: "C-2026-005", Amount: money.New(200_00, "GBP")}}
	return d
}

// ledger is a statement of so many open invoices.
func ledger(language string, items int) document.StatementData {
	d := statement(language)
	d.Items = nil
	for i := range items {
		due := d.Date.AddDays(-i % 120)
		d.Items = append(d.Items, document.OpenItem{
			Number: "2026-" + strconv.Itoa(10_000+i), IssueDate: due.AddDays(-30), DueDate: due, Amount: euro(int64(100_00 + i)), Open: euro(int64(100_00 + i)),
		})
	}
	return d
}

func day(month time.Month, d int) calendar.Date { return calendar.NewDate(2026, month, d) }

func euro(cents int64) money.Amount { return money.New(cents, "EUR") }
