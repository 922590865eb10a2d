package simulation

import (
	"errors"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// ibmMark is the column by which the IBM late-payment-histories sample is known.
const ibmMark = "invoiceNumber"

// ibmFormat is the IBM late-payment-histories sample, as it is. Columns that follow from
// others, or say how the invoice was sent, are left alone.
var ibmFormat = format{
	required: []string{ibmMark, "customerID", "countryCode", "InvoiceDate", "DueDate", "InvoiceAmount", "Disputed", "SettledDate"},
	optional: []string{"PaperlessDate", "PaperlessBill", "DaysToSettle", "DaysLate"},
	read:     readIBM,
	assumptions: []string{
		"The sample's country codes 391, 406, 770, 818 and 897 stand for NL, BE, FR, DE and GB.",
		"Amounts are in EUR, and every customer is a business.",
		"The sample says that an invoice was disputed, not when: the dispute opens on a day drawn between delivery and settlement" +
			" (from the seed and the invoice number) and is resolved on the day of settlement.",
	},
}

// ibmCountries maps the sample's country codes to calendars that the product knows.
var ibmCountries = map[string]string{"391": "NL", "406": "BE", "770": "FR", "818": "DE", "897": "GB"}

func readIBM(r *row) Invoice {
	i := Invoice{
		Number: r.text(ibmMark), Customer: r.text("customerID"), Country: ibmCountries[r.cell("countryCode")], Kind: dunning.KindBusiness,
		Issued: r.date("InvoiceDate", true, parseAmericanDate), Due: r.date("DueDate", true, parseAmericanDate),
		Amount: r.amount("InvoiceAmount", "EUR"), Paid: r.date("SettledDate", true, parseAmericanDate), Undated: r.cell("Disputed") == "Yes",
	}
	if i.Country == "" {
		r.fault("countryCode", "give one of the sample's codes 391, 406, 770, 818 and 897")
	}
	if d := r.cell("Disputed"); d != "Yes" && d != "No" {
		r.fault("Disputed", "write Yes or No")
	}
	i.check(r, columns{due: "DueDate", amount: "InvoiceAmount", paid: "SettledDate"})
	return i
}

// parseAmericanDate reads month, day and year, as in 11/23/2013.
func parseAmericanDate(s string) (calendar.Date, error) {
	t, err := time.Parse("1/2/2006", s)
	if err != nil {
		return calendar.Date{}, errors.New("not a date: write an existing day as M/D/YYYY, such as 11/23/2013")
	}
	return calendar.DateOf(t), nil
}
