package document_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/document"
	"maan/internal/message"
	"maan/internal/money"
)

func fieldsOf(t *testing.T, err error) []string {
	t.Helper()
	var missing *document.MissingError
	require.ErrorAs(t, err, &missing)
	require.ErrorIs(t, err, &document.MissingError{})
	return missing.Fields
}

var letterheadFields = []string{
	"date", "creditor.name", "creditor.registration_number or creditor.vat_number", "creditor.street", "creditor.postcode",
	"creditor.city", "creditor.phone", "creditor.contact_name", "creditor.reply_to", "customer.legal_name",
}

func TestInvoice_NamesAllThatIsMissingAtOnce(t *testing.T) {
	t.Parallel()
	_, err := document.Invoice(document.InvoiceData{
		Letterhead: document.Letterhead{Language: "nl"}, Original: &document.Original{}, Terms: document.LateTerms{Law: "FR"},
		Invoice: message.InvoiceFacts{Amount: euro(0), Open: euro(5)},
	})
	require.Equal(t, append(append([]string{}, letterheadFields...), "invoice.number", "invoice.issue_date", "invoice.due_date", "invoice.amount (above zero)",
		"invoice.open (not above invoice.amount)", "creditor.iban", "creditor.account_name", "original.channel", "original.sent_on", "terms.rate"), fieldsOf(t, err))
	require.EqualError(t, err, `document "invoice" lacks `+
		`date, creditor.name, creditor.registration_number or creditor.vat_number, creditor.street, creditor.postcode, creditor.city, `+
		`creditor.phone, creditor.contact_name, creditor.reply_to, customer.legal_name, invoice.number, invoice.issue_date, invoice.due_date, `+
		`invoice.amount (above zero), invoice.open (not above invoice.amount), creditor.iban, creditor.account_name, original.channel, `+
		`original.sent_on, terms.rate: complete the record, then write it again`)
}

func TestReminder_NamesAllThatIsMissingAtOnce(t *testing.T) {
	t.Parallel()
	_, err := document.Reminder(document.ReminderData{Letterhead: document.Letterhead{Language: "nl"}})
	require.Equal(t, append(append([]string{}, letterheadFields...), "customer.street", "customer.city", "invoice.number", "invoice.issue_date",
		"invoice.due_date", "invoice.amount", "invoice.amount (above zero)", "invoice.open (above zero)", "creditor.iban", "creditor.account_name",
		"pay_by", "invoice.due_date (before date)"), fieldsOf(t, err))
}

func TestStatement_NamesAllThatIsMissingAtOnce(t *testing.T) {
	t.Parallel()
	_, err := document.Statement(document.StatementData{
		Letterhead: document.Letterhead{Language: "nl"}, Items: make([]document.OpenItem, 1), Payments: make([]document.Entry, 1), Credits: make([]document.Entry, 1),
	})
	require.Equal(t, append(append([]string{}, letterheadFields...), "creditor.iban", "creditor.account_name", "items[0].number", "items[0].issue_date",
		"items[0].due_date", "items[0].amount", "items[0].open (above zero, in the currency of the amount)",
		"payments[0].date", "payments[0].amount", "credits[0].date", "credits[0].amount"), fieldsOf(t, err))
}

func TestReminder_RefusesTheImpossible(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*document.ReminderData)
		want   []string
	}{
		{"PayByBeforeTheLetter", func(d *document.ReminderData) { d.PayBy = d.Date }, []string{"pay_by (after date)"}},
		{"NotYetLate", func(d *document.ReminderData) { d.Invoice.DueDate = d.Date }, []string{"invoice.due_date (before date)"}},
		{"OtherCurrency", func(d *document.ReminderData) { d.Claimed.Costs[0].Amount = money.New(1, "GBP") }, []string{"claimed.costs[0].amount (in the currency of the invoice)"}},
		{"NegativeCosts", func(d *document.ReminderData) { d.Claimed.Costs[0].Amount = euro(-1) }, []string{"claimed.costs[0].amount (not negative)"}},
		{"TotalIsNoSum", func(d *document.ReminderData) { d.Claimed.InterestTotal = euro(259_55) }, []string{"claimed.interest_total (the sum of the lines, rounded once)"}},
		{"InterestFromNowhere", func(d *document.ReminderData) { d.Claimed.Interest = nil }, []string{"claimed.interest_total (the sum of the lines, rounded once)"}},
		{"BadSegment", func(d *document.ReminderData) {
			d.Claimed.Interest[1] = document.InterestLine{From: day(time.July, 2), To: day(time.July, 1), Rate: "10,40", Base: euro(1), Amount: euro(158_59)}
		}, []string{"claimed.interest[1].from and to", "claimed.interest[1].days", "claimed.interest[1].rate (a plain decimal)"}},
		{"NoArticleUnderAnotherLaw", func(d *document.ReminderData) { d.Law = "GB"; d.Claimed.Costs[0].Article = "" }, []string{"claimed.costs[0].article"}},
		{"NoCurrency", func(d *document.ReminderData) {
			d.Claimed = document.Claim{}
			d.Invoice.Amount.Currency, d.Invoice.Open.Currency = "eur", "eur"
		}, []string{"invoice.amount"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := claiming("de")
			tt.change(&d)
			_, err := document.Reminder(d)
			require.Equal(t, tt.want, fieldsOf(t, err))
		})
	}
}

func TestDocuments_ErrorsHoldNoPersonalData(t *testing.T) {
	t.Parallel()
	const secret = "Jansen"
	d := claiming("nl")
	d.Customer = document.Customer{LegalName: secret, Attention: secret}
	d.Claimed.Costs[0].Kind, d.Claimed.Interest[0].Rate = "", secret
	_, err := document.Reminder(d)
	require.Error(t, err)
	require.NotContains(t, err.Error(), secret)
}

func TestDocuments_InvisibleTextIsMissing(t *testing.T) {
	t.Parallel()
	d := invoiceCopy("nl")
	d.Customer.LegalName, d.Invoice.Number, d.Creditor.City = "\u200b\u202e", " \n\t", "\u00a0"
	_, err := document.Invoice(d)
	require.Equal(t, []string{"creditor.city", "customer.legal_name", "invoice.number"}, fieldsOf(t, err))
}

func TestDocuments_SumsOutOfRangeAreRefused(t *testing.T) {
	t.Parallel()
	s := statement("nl")
	s.Items[0].Amount, s.Items[0].Open = euro(math.MaxInt64), euro(math.MaxInt64)
	_, err := document.Statement(s)
	require.ErrorIs(t, err, money.ErrOverflow)
	r := claiming("nl")
	r.Claimed.Costs = []document.CostLine{{Kind: "WIK", Amount: euro(math.MaxInt64)}}
	_, err = document.Reminder(r)
	require.ErrorIs(t, err, money.ErrOverflow)
}

func TestStatement_ManyFaultsAreCounted(t *testing.T) {
	t.Parallel()
	s := statement("nl")
	s.Items = make([]document.OpenItem, 20_001)
	_, err := document.Statement(s)
	fields := fieldsOf(t, err)
	require.Equal(t, "at most 20000 items, payments and credits", fields[0])
	require.Len(t, fields, 31)
	require.Equal(t, "and 99976 more", fields[30])
}
