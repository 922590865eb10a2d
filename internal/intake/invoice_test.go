package intake_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/intake"
	"maan/internal/money"
	"maan/internal/sheet"
)

func day(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

func invoices(t *testing.T, text string, m sheet.Mapping) []intake.InvoiceRow {
	t.Helper()
	f, err := intake.Invoices(strings.NewReader(text), intake.InvoiceOptions{Mapping: m, Today: day("2026-06-01")})
	require.NoError(t, err)
	var all []intake.InvoiceRow
	for row, err := range f.Invoices() {
		require.NoError(t, err)
		require.Equal(t, row.Bad(), row.Invoice == nil)
		all = append(all, row)
	}
	return all
}

// codes are the faults of a row as "code field".
func codes(r *sheet.Row) []string {
	var all []string
	for _, f := range r.Faults {
		all = append(all, strings.TrimSpace(string(f.Code)+" "+f.Field))
	}
	return all
}

func notes(r *sheet.Row) []string {
	var all []string
	for _, n := range r.Notes {
		all = append(all, string(n.Code))
	}
	return all
}

const fullHeader = "customer_number,name,kind,country,language,contact_name,contact_role,email,phone,mobile,mobile_billing,invoice_number,issue_date,due_date,amount," +
	"currency,open_amount,purchase_order,payment_reference,iban,delivery,delivered_on,delivery_proof,sending,sent_channel,sent_on,sent_proof\n"

func TestInvoices_ReadsEveryColumn(t *testing.T) {
	t.Parallel()
	all := invoices(t, fullHeader+"C1,Peeters NV,b2b,be,FR_be,An Peeters,buyer,an@peeters.example,+32 2 1234567,0470 12 34 56,yes,F-1,2026-05-01,2026-05-31,1210.00,"+
		"eur,605.00,PO 7,+++010/8068/17183+++,BE68 5390 0754 7034,required,2026-04-30,CMR 9,already_sent,Peppol,2026-05-02,MSG-1\n", sheet.Mapping{})
	require.Len(t, all, 1)
	require.Empty(t, all[0].Faults)
	require.Empty(t, all[0].Notes)
	require.Equal(t, &intake.Invoice{
		Customer: intake.Customer{
			Number: "C1", LegalName: "Peeters NV", Kind: dunning.KindBusiness, Country: "BE", Language: "fr-BE",
			Contact: &intake.Contact{Role: "buyer", Name: "An Peeters", Email: "an@peeters.example", Phone: "+32 2 1234567", Mobile: "+32470123456", MobileBilling: true},
		},
		Number: "F-1", IssueDate: day("2026-05-01"), DueDate: day("2026-05-31"), Amount: eur(121000), Open: eur(60500), PurchaseOrder: "PO 7",
		PaymentReference: "+++010/8068/17183+++", IBAN: "BE68539007547034", IBANValid: true, DeliveryRequired: true,
		Delivery: &intake.Delivery{On: day("2026-04-30"), Proof: "CMR 9"}, AlreadySent: &intake.Sent{Channel: "peppol", On: day("2026-05-02"), Proof: "MSG-1"},
	}, all[0].Invoice)
}

func TestInvoices_KnowsHeadersOfFourLanguages(t *testing.T) {
	t.Parallel()
	const row = "C1;F-1;01.05.2026;31.05.2026;1.210,00;EUR\n"
	for _, header := range []string{
		"Customer no;Invoice no;Invoice date;Due date;Invoice amount;Currency\n",
		"Klantnummer;Factuurnummer;Factuurdatum;Vervaldatum;Bedrag;Valuta\n",
		"Kundennummer;Rechnungsnummer;Rechnungsdatum;Fälligkeitsdatum;Betrag;Währung\n",
		"Numéro client;Numéro de facture;Date de facture;Date d'échéance;Montant TTC;Devise\n",
	} {
		all := invoices(t, header+row, sheet.Mapping{Defaults: map[string]string{"sending": "send_here"}})
		require.Empty(t, all[0].Faults)
		require.Equal(t, &intake.Invoice{
			Customer: intake.Customer{Number: "C1"}, Number: "F-1", IssueDate: day("2026-05-01"), DueDate: day("2026-05-31"), Amount: eur(121000), Open: eur(121000),
		}, all[0].Invoice)
		require.False(t, all[0].Invoice.Customer.Stated())
	}
}

// A header that two fields know would make every file that has it ambiguous.
func TestSchemas_NoHeaderBelongsToTwoFields(t *testing.T) {
	t.Parallel()
	for _, schema := range []sheet.Schema{intake.InvoiceSchema(), intake.SnapshotSchema()} {
		seen := map[string]string{}
		for _, f := range schema {
			for _, h := range append([]string{f.Name}, f.Headers...) {
				name := sheet.Normal(h)
				require.True(t, seen[name] == "" || seen[name] == f.Name, "%s: %s and %s", h, seen[name], f.Name)
				seen[name] = f.Name
			}
		}
	}
}

const shortHeader = "customer_number,invoice_number,issue_date,due_date,amount,currency,sending\n"

func TestInvoices_FaultsOfARow(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"customer_number": "C1", "name": "Peeters NV", "kind": "business", "country": "BE", "invoice_number": "F-1", "issue_date": "2026-05-01",
		"due_date": "2026-05-31", "amount": "1210.00", "currency": "EUR", "sending": "send_here",
	}
	tests := []struct {
		name   string
		change map[string]string
		want   []string
	}{
		{"Good", nil, nil},
		{"NothingRequiredGiven", map[string]string{
			"customer_number": "", "invoice_number": "", "issue_date": "", "due_date": "", "amount": "", "currency": "", "sending": "", "kind": "", "country": "",
		}, []string{
			"missing customer_number", "missing country", "missing kind", "missing invoice_number", "missing issue_date", "missing due_date", "missing amount",
			"missing currency", "missing sending",
		}},
		{"CustomerOnlyNamed", map[string]string{"name": "", "kind": "", "country": ""}, nil},
		{"LongNumber", map[string]string{"invoice_number": strings.Repeat("é", 101)}, []string{"invalid_text invoice_number"}},
		{"NumberAsLongAsAllowed", map[string]string{"invoice_number": strings.Repeat("é", 100)}, nil},
		{"LineBreakInAName", map[string]string{"name": "\"Peeters\nNV\""}, []string{"invalid_text name"}},
		{"Kind", map[string]string{"kind": "friend"}, []string{"invalid_code kind"}},
		{"Country", map[string]string{"country": "Belgium"}, []string{"invalid_code country"}},
		{"CountryThatIsNone", map[string]string{"country": "XY"}, []string{"invalid_code country"}},
		{"CountryByAnotherCode", map[string]string{"country": "UK"}, []string{"invalid_code country"}},
		{"Language", map[string]string{"language": "French"}, []string{"invalid_code language"}},
		{"Email", map[string]string{"email": "an@peeters"}, []string{"invalid_email email"}},
		{"TwoEmails", map[string]string{"email": "a@b.example; c@d.example"}, []string{"invalid_email email"}},
		{"EmailWithAName", map[string]string{"email": "An <an@peeters.example>"}, []string{"invalid_email email"}},
		{"Phone", map[string]string{"phone": "ask An"}, []string{"invalid_number phone"}},
		{"Mobile", map[string]string{"mobile": "12"}, []string{"invalid_number mobile"}},
		{"LandlineForTexts", map[string]string{"mobile": "+32 2 555 12 12", "mobile_billing": "yes"}, []string{"not_mobile mobile"}},
		{"Bool", map[string]string{"mobile_billing": "maybe"}, []string{"invalid_bool mobile_billing"}},
		{"ContactRole", map[string]string{"contact_role": "boss"}, []string{"invalid_code contact_role"}},
		{"DueBeforeIssue", map[string]string{"due_date": "2026-04-30"}, []string{"due_before_issue due_date"}},
		{"DueInFourYears", map[string]string{"due_date": "2030-05-31"}, []string{"too_far due_date"}},
		{"IssuedNextYear", map[string]string{"issue_date": "2027-07-01", "due_date": "2027-08-01"}, []string{"too_far issue_date"}},
		{"NoSuchDay", map[string]string{"issue_date": "2026-02-30"}, []string{"invalid_date issue_date"}},
		{"Zero", map[string]string{"amount": "0.00"}, []string{"not_positive amount"}},
		{"CreditNote", map[string]string{"amount": "-5.00"}, []string{"not_positive amount"}},
		{"Currency", map[string]string{"currency": "EURO"}, []string{"unknown_currency currency"}},
		{"DecimalsOfTheCurrency", map[string]string{"currency": "JPY", "amount": "12.50"}, []string{"invalid_amount amount"}},
		{"NothingOpen", map[string]string{"open_amount": "0"}, []string{"not_positive open_amount"}},
		{"MoreOpenThanInvoiced", map[string]string{"open_amount": "1210.01"}, []string{"open_exceeds_amount open_amount"}},
		{"Delivery", map[string]string{"delivery": "perhaps"}, []string{"invalid_code delivery"}},
		{"DeliveredThoughNone", map[string]string{"delivery": "not_applicable", "delivered_on": "2026-05-01"}, []string{"contradiction delivery"}},
		{"ProofWithoutDay", map[string]string{"delivery_proof": "CMR 9"}, []string{"missing delivered_on"}},
		{"DeliveredTomorrowWeek", map[string]string{"delivered_on": "2026-06-08"}, []string{"too_far delivered_on"}},
		{"Sending", map[string]string{"sending": "perhaps"}, []string{"invalid_code sending"}},
		{"SentWithoutChannelAndDay", map[string]string{"sending": "already_sent"}, []string{"missing sent_on", "missing sent_channel"}},
		{"SentByAnUnknownWay", map[string]string{"sending": "already_sent", "sent_channel": "pigeon", "sent_on": "2026-05-01"}, []string{"invalid_code sent_channel"}},
		{"SentInTheFuture", map[string]string{"sending": "already_sent", "sent_channel": "erp", "sent_on": "2026-06-08"}, []string{"too_far sent_on"}},
		{"ToSendThoughSent", map[string]string{"sent_channel": "erp", "sent_on": "2026-05-01"}, []string{"contradiction sending"}},
		{"SentByItsDayAlone", map[string]string{"sending": "", "sent_channel": "erp", "sent_on": "2026-05-01"}, nil},
	}
	names := strings.Split(strings.TrimSpace(fullHeader), ",")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cells := make([]string, len(names))
			for i, name := range names {
				cells[i] = good[name]
				if v, changed := tt.change[name]; changed {
					cells[i] = v
				}
			}
			row := invoices(t, strings.ReplaceAll(fullHeader, ",", "|")+strings.Join(cells, "|")+"\n", sheet.Mapping{Decimals: sheet.DecimalDot})[0]
			require.Equal(t, tt.want, codes(row.Row))
		})
	}
}

func TestInvoices_InvalidIBANIsANote(t *testing.T) {
	t.Parallel()
	row := invoices(t, "customer_number,invoice_number,issue_date,due_date,amount,currency,sending,iban\n"+
		"C1,F-1,2026-05-01,2026-05-31,12.10,EUR,send_here,NL00ABNA0123456789\n", sheet.Mapping{})[0]
	require.Equal(t, []string{"iban_invalid"}, notes(row.Row))
	require.Equal(t, "NL00ABNA0123456789", row.Invoice.IBAN)
	require.False(t, row.Invoice.IBANValid)
}

func TestInvoices_Duplicates(t *testing.T) {
	t.Parallel()
	all := invoices(t, shortHeader+
		"C1,F-1,2026-05-01,2026-05-31,12.10,EUR,send_here\n"+
		"C1,F-2,2026-05-01,2026-05-31,12.10,EUR,send_here\n"+
		"C1,F-1,2026-05-01,2026-05-31,12.1,eur,send_here\n"+ // the same, written otherwise
		"C1,F-2,2026-05-01,2026-05-31,12.11,EUR,send_here\n", sheet.Mapping{})
	require.Empty(t, all[0].Notes)
	require.Equal(t, []string{"repeated"}, notes(all[2].Row))
	require.NotNil(t, all[2].Invoice)
	require.Equal(t, []string{"number_taken invoice_number"}, codes(all[3].Row))
	require.Contains(t, all[3].Faults[0].Message, "line 3")
}

func TestInvoices_OneCustomerInManyRows(t *testing.T) {
	t.Parallel()
	all := invoices(t, "customer_number,name,kind,country,email,invoice_number,issue_date,due_date,amount,currency,sending\n"+
		"C1,,,,,F-1,2026-05-01,2026-05-31,1,EUR,send_here\n"+
		"C1,Peeters,business,BE,a@b.example,F-2,2026-05-01,2026-05-31,1,EUR,send_here\n"+
		"C1,Peeters,business,BE,c@d.example,F-3,2026-05-01,2026-05-31,1,EUR,send_here\n"+
		"C1,Pieters,business,BE,a@b.example,F-4,2026-05-01,2026-05-31,1,EUR,send_here\n", sheet.Mapping{})
	require.Empty(t, all[1].Faults)
	require.Equal(t, []string{"contact_differs"}, notes(all[2].Row))
	require.Equal(t, []string{"customer_differs customer_number"}, codes(all[3].Row))
	require.Contains(t, all[3].Faults[0].Message, "line 3")
}

func TestInvoices_AsksBeforeItReadsRows(t *testing.T) {
	t.Parallel()
	const rows = "C1,F-1,2026-05-01,2026-05-31,1,EUR\n"
	tests := []struct {
		name, text string
		mapping    sheet.Mapping
		want       []string
	}{
		{"NothingSaysWhetherSent", "customer_number,invoice_number,issue_date,due_date,amount,currency\n" + rows, sheet.Mapping{}, []string{"sending"}},
		{
			"NamesWithoutKindAndCountry", "customer_number,invoice_number,issue_date,due_date,amount,currency,name\nC1,F-1,2026-05-01,2026-05-31,1,EUR,x\n",
			sheet.Mapping{Defaults: map[string]string{"sending": "send_here"}},
			[]string{"kind", "country"},
		},
		{"NoCurrency", "customer_number,invoice_number,issue_date,due_date,amount\nC1,F-1,2026-05-01,2026-05-31,1\n", sheet.Mapping{}, []string{"currency"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := intake.Invoices(strings.NewReader(tt.text), intake.InvoiceOptions{Mapping: tt.mapping})
			var r *sheet.Refusal
			require.ErrorAs(t, err, &r)
			var fields []string
			for _, f := range r.Faults {
				require.Equal(t, sheet.CodeMissingColumn, f.Code)
				fields = append(fields, f.Field)
			}
			require.Equal(t, tt.want, fields)
		})
	}
}

func TestInvoices_HundredBadRowsAmongAThousandGood(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString(shortHeader)
	bad := 0
	for i := range 1100 {
		issued := "2026-05-01"
		if i%11 == 5 {
			issued, bad = []string{"soon", "2026-02-30", "01-05-2026", "", "2026-06-01"}[bad%5], bad+1
		}
		fmt.Fprintf(&text, "C%d,=F-%d,%s,2026-05-31,1.50,EUR,send_here\n", i%7, i, issued)
	}
	good := 0
	var faults []sheet.Fault
	for _, row := range invoices(t, text.String(), sheet.Mapping{}) {
		if row.Invoice != nil {
			good++
		}
		faults = append(faults, row.Faults...)
	}
	require.Equal(t, 1000, good)
	require.Equal(t, 100, bad)
	require.Len(t, faults, 100)
	require.Equal(t, 7, faults[0].Line)
	require.Equal(t, "issue_date", faults[0].Column)
	require.Equal(t, sheet.CodeInvalidDate, faults[0].Code)
}

// FuzzInvoices: whatever a file says, a row has faults, or is an invoice that keeps its
// promises.
func FuzzInvoices(f *testing.F) {
	f.Add([]byte(manyInvoices(3, 2)))
	f.Add([]byte(fullHeader + "C1,Peeters NV,b2b,be,FR_be,An,buyer,an@peeters.example,+32 2 1234567,0470123456,yes,F-1,2026-05-01,2026-05-31,1210.00,eur,605.00,,,,,,,already_sent,erp,2026-05-02,\n"))
	f.Add([]byte(shortHeader + "C1,F-1,05/01/2026,05/31/2026,\"1,210.00\",EUR,send_here\n'=1,F,,,,,\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := intake.Invoices(bytes.NewReader(data), intake.InvoiceOptions{Limits: sheet.Limits{MaxBytes: 1 << 16, MaxRows: 30}, Today: day("2026-06-01")})
		if err != nil {
			var r *sheet.Refusal
			require.ErrorAs(t, err, &r)
			return
		}
		for row, err := range file.Invoices() {
			require.NoError(t, err)
			require.Equal(t, row.Bad(), row.Invoice == nil)
			if i := row.Invoice; i != nil {
				require.NotEmpty(t, i.Number)
				require.NotEmpty(t, i.Customer.Number)
				require.False(t, i.DueDate.Before(i.IssueDate))
				require.True(t, i.Amount.IsPositive() && i.Open.IsPositive() && i.Open.Minor <= i.Amount.Minor)
				require.Equal(t, i.Customer.Stated(), i.Customer.Stated() && i.Customer.Kind != "" && i.Customer.Country != "")
				require.True(t, i.AlreadySent == nil || (i.AlreadySent.Channel != "" && !i.AlreadySent.On.IsZero()))
			}
		}
	})
}
