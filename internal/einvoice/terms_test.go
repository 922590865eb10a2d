package einvoice_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/einvoice"
)

// withTerms returns an invoice with payment terms and no due date.
func withTerms(t testing.TB, issued, terms string) string {
	t.Helper()
	invoice := strings.ReplaceAll(own(t, "invoice-terms-only.xml"), "2026-10-01", issued)
	return strings.ReplaceAll(invoice, "Betaling binnen 30 dagen na factuurdatum", terms)
}

// 0 days means that the terms are left to a person.
func TestRead_TermsInWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		terms string
		days  int
	}{
		{"30 days", 30},
		{"Payment within 14 days.", 14},
		{"Payable within 30 days", 30},
		{"thirty (30) days", 30},
		{"30 (thirty) days", 30},
		{"30 calendar days net", 30},
		{"Net 30", 30},
		{"net-45", 45},
		{"Net: 30", 30},
		{"Net 30 from invoice date", 30},
		{"30 dagen", 30},
		{"Betaling binnen 30 dagen na factuurdatum", 30},
		{"binnen 14 dagen na factuurdatum", 14},
		{"Binnen 30 dagen\nna factuurdatum", 30},
		{"30 kalenderdagen", 30},
		{"30 kalender dagen", 30},
		{"Paiement à 45 jours", 45},
		{"60 jours net", 60},
		{"30 jours nets, pas d'escompte", 30},
		{"30 jours. Escompte pour paiement anticipé : néant", 30},
		{"Zahlbar innerhalb von 14 Tagen", 14},
		{"zahlbar innerhalb von 30 Tagen", 30},
		{"Zahlbar innerhalb von 30 Tagen ohne Abzug", 30},
		{"30 Tage netto", 30},
		{"netto 30 Tage", 30},
		{"30 dagen, geen korting", 30},
		{"Net 30 days\nPlease pay in 30 days", 30},
		{"30 jours à compter de la date de facture", 30},
		{"30 jours date de facture", 30},
		{"30 Tage ab Rechnungsdatum", 30},
		{"30 days after date of issue", 30},
		{"Invoice 2026-0123 is payable in 30 days", 30},
		{"365 days", 365},

		{"366 days", 0},
		{"0 days", 0},
		{"1.030 days", 0},
		{"1030 days", 0},
		{"14-30 days", 0},
		{"14–30 days", 0},
		{"14/30 days", 0},
		{"net 14-30", 0},
		{"14 days or 30 days", 0},
		{"14 days 30 days", 0},
		{"14 Tage netto 30 Tage", 0},
		{"Net 100 EUR", 0},
		{"Net 30%", 0},
		{"30 jours le 10", 0},
		{"Interest of 8% after 30 days", 0},
		{"8% after 30 days", 0},
		{"50% vooruit, 50% binnen 30 dagen", 0},
		{"30 days after delivery", 0},
		{"30 dagen na ontvangst", 0},
		{"10 working days", 0},
		{"10 jours ouvrés", 0},
		{"10 Werktage", 0},
		{"4 weeks", 0},
		{"1 maand", 0},
		{"End of month", 0},
		{"30 daypasses", 0},
		{"Klachten binnen 8 dagen", 0},
		{"Reclamaties binnen 8 dagen", 0},
		{"Réclamations dans les 8 jours", 0},
		{"Returns within 14 days", 0},
		{"30 dagen na einde werken", 0},
		{"30 days after the order", 0},
		{"2 items, 30", 0},
		{"As agreed", 0},
	}
	for _, tt := range tests {
		t.Run(tt.terms, func(t *testing.T) {
			t.Parallel()
			doc, findings := read(t, withTerms(t, "2026-10-01", tt.terms))
			require.Equal(t, einvoice.CashDiscount{}, doc.Discount)
			if tt.days == 0 {
				require.Equal(t, []string{"warning due_date_missing"}, codes(findings))
				require.Contains(t, findings[0].Message, "name none that can be read without doubt; add the due date")
				require.Equal(t, calendar.Date{}, doc.DueDate)
				return
			}
			require.Equal(t, []string{"warning due_date_missing", "warning due_date_assumed"}, codes(findings))
			require.Equal(t, day(2026, 10, 1).AddDays(tt.days), doc.DueDate)
		})
	}
}

// "Days end of month" is counted in two ways. Where both give the same date it
// is the due date, else a person must choose.
func TestRead_TermsWithEndOfMonth(t *testing.T) {
	t.Parallel()
	tests := []struct {
		issued, terms string
		due           string
		readings      []string
	}{
		{"2026-01-20", "45 jours fin de mois", "", []string{"2026-03-31", "2026-03-17"}},
		{"2026-01-20", "60 jours", "2026-03-21", nil},
		{"2026-03-10", "30 jours fin de mois", "2026-04-30", nil},
		{"2026-10-15", "Paiement à 30 jours fin de mois", "2026-11-30", nil},
		{"2026-10-01", "30 jours fin de mois", "", []string{"2026-10-31", "2026-11-30"}},
		{"2026-01-15", "30 jours fin de mois", "", []string{"2026-02-28", "2026-03-02"}},
		{"2026-10-15", "30 dagen einde maand", "2026-11-30", nil},
		{"2026-10-15", "30 dagen na factuurdatum, einde van de maand", "2026-11-30", nil},
		{"2026-10-01", "30 days end of month", "", []string{"2026-10-31", "2026-11-30"}},
		{"2026-10-01", "Net 30 EOM", "", []string{"2026-10-31", "2026-11-30"}},
		{"2026-10-01", "30 Tage zum Monatsende", "", []string{"2026-10-31", "2026-11-30"}},
		{"2026-01-20", "Fin de mois + 45 jours", "2026-03-17", nil},
		{"2026-01-20", "45 jours après la fin de mois", "2026-03-17", nil},
		{"2026-01-20", "45 dagen na einde maand", "2026-03-17", nil},
		{"2026-01-20", "45 days from the end of the month", "2026-03-17", nil},
		{"2026-12-05", "Ende des Monats 30 Tage", "2027-01-30", nil},

		{"2026-01-20", "45 jours fin de mois le 10", "", nil},
		{"2026-01-20", "45 jours fin de mois suivant", "", nil},
		{"2026-01-20", "30 days, end of next month", "", nil},
		{"2026-01-20", "30 jours fin de mois, escompte 2% à 8 jours", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.issued+" "+tt.terms, func(t *testing.T) {
			t.Parallel()
			doc, findings := read(t, withTerms(t, tt.issued, tt.terms))
			require.Equal(t, tt.due, doc.DueDate.String())
			require.Equal(t, "warning due_date_missing", codes(findings)[0])
			switch {
			case tt.due != "":
				require.Equal(t, "warning due_date_assumed", codes(findings)[1])
				require.Contains(t, findings[1].Message, tt.due)
			case tt.readings != nil:
				require.Equal(t, "warning due_date_ambiguous", codes(findings)[1])
				for _, reading := range tt.readings {
					require.Contains(t, findings[1].Message, reading)
				}
				require.Contains(t, findings[1].Message, "a person must choose")
			default:
				require.NotContains(t, codes(findings), "warning due_date_assumed")
				require.NotContains(t, codes(findings), "warning due_date_ambiguous")
			}
		})
	}
}

func TestRead_TermsWithDiscount(t *testing.T) {
	t.Parallel()
	discount := func(basisPoints, days int) einvoice.CashDiscount {
		return einvoice.CashDiscount{BasisPoints: basisPoints, Days: days, Until: day(2026, 10, 1).AddDays(days)}
	}
	const unclear = "warning discount_unclear"
	tests := []struct {
		terms    string
		days     int // of the term, 0 where it is left to a person
		discount einvoice.CashDiscount
	}{
		{"14 days 2% discount, 30 days net", 30, discount(200, 14)},
		{"2% discount within 14 days, 30 days net", 30, discount(200, 14)},
		{"A discount of 2% within 14 days or 30 days net", 30, discount(200, 14)},
		{"Payment within 10 days, 2% discount, 30 days net", 30, discount(200, 10)},
		{"2/10 net 30", 30, discount(200, 10)},
		{"2%/10, net 30 days", 30, discount(200, 10)},
		{"1.5/10, n/60", 60, discount(150, 10)},
		{"2/10 net 30, discount", 30, discount(200, 10)},
		{"10 Tage 3% Skonto, 30 Tage netto", 30, discount(300, 10)},
		{"2,5 % Skonto 10 Tage netto 30 Tage", 30, discount(250, 10)},
		{"Bei Zahlung innerhalb von 14 Tagen 2 Prozent Skonto; sonst 30 Tage ohne Abzug", 30, discount(200, 14)},
		{"30 dagen. 2% korting bij betaling binnen 8 dagen", 30, discount(200, 8)},
		{"3 % korting binnen 10 dagen, netto binnen 30 dagen", 30, discount(300, 10)},
		{"Escompte 2 % à 10 jours, 30 jours net", 30, discount(200, 10)},
		{"30 dagen. Binnen 8 dagen, 2% korting", 30, discount(200, 8)},
		{"2% korting bij betaling binnen 8 dagen", 0, discount(200, 8)},

		// The term is certain, the discount is not.
		{"3% 10 Tage, 2% Skonto 20 Tage, 30 Tage netto", 30, einvoice.CashDiscount{}},
		{"30 days net, discount as agreed", 30, einvoice.CashDiscount{}},
		{"30% discount 10 days, 30 days net", 30, einvoice.CashDiscount{}},
		{"0% discount 10 days, 30 days net", 30, einvoice.CashDiscount{}},
		{"30 days net, 2% discount", 30, einvoice.CashDiscount{}},

		// Nothing is certain.
		{"Payment within 10 days, 2% discount", 0, einvoice.CashDiscount{}},
		{"2% discount, 30 days", 0, einvoice.CashDiscount{}},
		{"30 Tage netto 14 Tage 2% Skonto", 0, einvoice.CashDiscount{}},
		{"2% discount 30 days, 14 days net", 0, einvoice.CashDiscount{}},
		{"2% discount 10 days after delivery, 30 days net", 0, einvoice.CashDiscount{}},
		{"2% discount 8-10 days, 30 days net", 0, einvoice.CashDiscount{}},
		{"30 days, discount on request", 0, einvoice.CashDiscount{}},
	}
	for _, tt := range tests {
		t.Run(tt.terms, func(t *testing.T) {
			t.Parallel()
			doc, findings := read(t, withTerms(t, "2026-10-01", tt.terms))
			want := []string{"warning due_date_missing"}
			if tt.days > 0 {
				want = append(want, "warning due_date_assumed")
				require.Equal(t, day(2026, 10, 1).AddDays(tt.days), doc.DueDate)
			} else {
				require.True(t, doc.DueDate.IsZero())
			}
			if tt.discount.Days == 0 {
				want = append(want, unclear)
			}
			require.Equal(t, want, codes(findings))
			require.Equal(t, tt.discount, doc.Discount)
		})
	}
}

// The due date of the document shows whether a count of days can be that of the
// discount: the sample is due after 30 days.
func TestRead_DiscountBesideADueDate(t *testing.T) {
	t.Parallel()
	for terms, until := range map[string]string{
		"Payment within 10 days, 2% discount":  "2026-10-11",
		"Payment within 30 days, 2% discount":  "", // may be the term
		"2% discount within 30 days":           "2026-10-31",
		"2% discount within 31 days":           "",
		"2% discount within 8 days":            "2026-10-09",
		"2% discount on request":               "",
		"2% discount included. Pay in 20 days": "",
	} {
		t.Run(terms, func(t *testing.T) {
			t.Parallel()
			doc, findings := read(t, edit(t, own(t, "invoice-nl.xml"), change{"Betaling binnen 30 dagen", terms}))
			require.Equal(t, until, doc.Discount.Until.String())
			require.Equal(t, day(2026, 10, 31), doc.DueDate)
			if until != "" {
				require.Empty(t, findings)
				return
			}
			require.Equal(t, []string{"warning discount_unclear"}, codes(findings))
			require.Equal(t, "/Invoice/cac:PaymentTerms/cbc:Note", findings[0].Path)
		})
	}
}

func TestRead_CreditNoteHasNoDiscount(t *testing.T) {
	t.Parallel()
	const terms = "<cac:PaymentTerms><cbc:Note>2% discount within 8 days</cbc:Note></cac:PaymentTerms>"
	doc, findings := read(t, edit(t, own(t, "creditnote-nl.xml"), change{"  <cac:TaxTotal>", terms + "  <cac:TaxTotal>"}))
	require.Empty(t, findings)
	require.Equal(t, einvoice.CashDiscount{}, doc.Discount)
}

func TestRead_NoDueDateIsAssumedPastTheLastYear(t *testing.T) {
	t.Parallel()
	for _, terms := range []string{"30 days", "Fin de mois + 45 jours"} {
		doc, findings := read(t, withTerms(t, "9999-12-31", terms))
		require.Equal(t, []string{"warning due_date_missing"}, codes(findings))
		require.True(t, doc.DueDate.IsZero())
	}
}

// FuzzTerms checks that terms in any words give a date and a discount within
// bounds, or none.
func FuzzTerms(f *testing.F) {
	for _, terms := range []string{
		"30 dagen", "binnen 14 dagen na factuurdatum", "45 jours fin de mois", "fin de mois + 30 jours", "zahlbar innerhalb von 30 Tagen",
		"net 30", "14 days 2% discount, 30 days net", "2/10 net 30", "10 Tage 3,5 % Skonto, 30 Tage netto", "30 (thirty) days", "1.030 days", "%%%", "\u00a0net\n\n٣٠ days",
	} {
		f.Add(terms)
	}
	const blank = "TERMS"
	invoice := withTerms(f, "2026-10-01", blank)
	f.Fuzz(func(t *testing.T, terms string) {
		escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(terms)
		doc, _, err := einvoice.Read(strings.NewReader(strings.Replace(invoice, blank, escaped, 1)), einvoice.DefaultLimits)
		require.NoError(t, err)
		if doc == nil {
			return // the terms are no text of XML, too long, or empty
		}
		issued := day(2026, 10, 1)
		if !doc.DueDate.IsZero() {
			require.Positive(t, doc.DueDate.DaysSince(issued))
			require.Less(t, doc.DueDate.DaysSince(issued), 365+62)
		}
		if doc.Discount != (einvoice.CashDiscount{}) {
			require.LessOrEqual(t, doc.Discount.BasisPoints, 1000)
			require.Positive(t, doc.Discount.BasisPoints)
			require.Equal(t, issued.AddDays(doc.Discount.Days), doc.Discount.Until)
			require.False(t, !doc.DueDate.IsZero() && doc.Discount.Until.After(doc.DueDate))
		}
	})
}
