package document_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/document"
	"maan/internal/money"
)

func invoiceText(t *testing.T, d document.InvoiceData) string {
	t.Helper()
	pdf, err := document.Invoice(d)
	require.NoError(t, err)
	return flowing(t, pdf)
}

func reminderText(t *testing.T, d document.ReminderData) string {
	t.Helper()
	pdf, err := document.Reminder(d)
	require.NoError(t, err)
	return flowing(t, pdf)
}

func TestInvoice_IsMarkedAsCopyWithChannelAndDate(t *testing.T) {
	t.Parallel()
	for language, want := range map[string][]string{
		"nl": {"KOPIE", "Kopie van factuur 2026-0123", "Dit is een kopie. De factuur zelf is u op 1 september 2026 gestuurd (Peppol-netwerk)."},
		"fr": {"COPIE", "Copie de la facture 2026-0123", "envoyée le 1er septembre 2026 (réseau Peppol)."},
		"de": {"KOPIE", "Kopie der Rechnung 2026-0123", "am 1. September 2026 geschickt (Peppol-Netzwerk)."},
		"en": {"COPY", "Copy of invoice 2026-0123", "sent to you on 1 September 2026 (Peppol network)."},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			text := invoiceText(t, invoiceCopy(language))
			for _, w := range want {
				require.Contains(t, text, w)
			}
		})
	}
}

func TestInvoice_SummaryIsNoCopy(t *testing.T) {
	t.Parallel()
	d := invoiceCopy("en")
	d.Original = nil
	text := invoiceText(t, d)
	require.Contains(t, text, "Summary of invoice 2026-0123")
	require.NotContains(t, text, "COPY")
	require.NotContains(t, text, "copy")
	require.Contains(t, text, "This document is not an invoice and gives no right to deduct VAT")
}

func TestInvoice_StatesBothPartiesAndThePayment(t *testing.T) {
	t.Parallel()
	d := invoiceCopy("en")
	d.Invoice.Open = euro(10_000_00)
	text := invoiceText(t, d)
	for _, want := range []string{
		"Seller Noorderlicht Techniek B.V., Havenstraat 12, 9712 AB Groningen, Nederland · Registration number: 01234567 · VAT number: NL001234567B01",
		"Buyer Brasserie Łódź & Großmann-Šimić, Rue de l’Étoile 8, 1000 Bruxelles, België · Registration number: 0566.988.259 · VAT number: BE0566988259",
		"Your reference PO 4711", "Invoice date 1 September 2026", "Delivery date 30 August 2026", "Due date 1 October 2026",
		"Amount as invoiced, VAT included €12,100.00", "Paid or credited so far -€2,100.00", "Amount to pay €10,000.00",
		"IBAN NL91 ABNA 0417 1643 00", "Account name Noorderlicht Techniek B.V.", "Payment reference RF18 5390 0754 7034",
	} {
		require.Contains(t, text, want)
	}
}

func TestInvoice_PaidAsksForNothing(t *testing.T) {
	t.Parallel()
	d := invoiceCopy("en")
	d.Invoice.Open = euro(0)
	d.Creditor.IBAN, d.Creditor.AccountName = "", ""
	text := invoiceText(t, d)
	require.Contains(t, text, "This invoice is settled.")
	require.NotContains(t, text, "How to pay")
}

// What the national laws want on an invoice about late payment.
func TestInvoice_StatesTheTermsOfTheGoverningLaw(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, language string
		terms          document.LateTerms
		want           []string
		not            []string
	}{
		{"FrenchBusiness", "fr", document.LateTerms{Law: "FR", Rate: "12.40"}, []string{
			"Pénalités de retard : 12,40 % par an", "art. L441-10", "Indemnité forfaitaire pour frais de recouvrement : 40,00 €", "art. D441-5", "Pas d’escompte",
		}, nil},
		{"FrenchDiscount", "fr", document.LateTerms{Law: "FR", Rate: "12.40", Discount: "2 % à 8 jours"}, []string{"Escompte pour paiement anticipé : 2 % à 8 jours"}, []string{"Pas d’escompte"}},
		{"FrenchConsumerHasNoFlatSum", "fr", document.LateTerms{Law: "FR", Consumer: true}, nil, []string{"L441-10", "40,00 €"}},
		{"BelgianInDutch", "nl", document.LateTerms{Law: "BE", Rate: "10.5"}, []string{" van 10,5% per jaar en € 40,00", "art. 5 en 6 van de Belgische wet van 2 augustus 2002"}, nil},
		{"BelgianInFrench", "fr", document.LateTerms{Law: "BE"}, []string{"art. 5 et 6 de la loi belge du 2 août 2002"}, nil},
		{"DutchBusiness", "nl", document.LateTerms{Law: "NL"}, []string{"wettelijke handelsrente verschuldigd (art. 6:119a BW)"}, []string{", nu "}},
		{"DutchConsumer", "nl", document.LateTerms{Law: "NL", Consumer: true}, []string{"art. 6:119 BW", "14 dagen"}, []string{"handelsrente", "€ 40,00"}},
		{"GermanBusiness", "de", document.LateTerms{Law: "DE"}, []string{"neun Prozentpunkten über dem Basiszinssatz", "§ 288 Abs. 2 und 5 BGB"}, nil},
		{"GermanConsumerLearnsOfThirtyDays", "de", document.LateTerms{Law: "DE", Consumer: true}, []string{"spätestens 30 Tage nach Fälligkeit", "§ 286 Abs. 3 BGB"}, []string{"40,00 €"}},
		{"OtherLawsAreLeftAlone", "en", document.LateTerms{Law: "GB"}, nil, []string{"Late payment"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := invoiceCopy(tt.language)
			d.Terms = tt.terms
			text := invoiceText(t, d)
			for _, want := range tt.want {
				require.Contains(t, text, want)
			}
			for _, not := range tt.not {
				require.NotContains(t, text, not)
			}
		})
	}
}

func TestReminder_ClaimsTheTotalByADay(t *testing.T) {
	t.Parallel()
	text := reminderText(t, claiming("en"))
	for _, want := range []string{
		"Please pay €12,399.54 by 11 November 2026. That sum includes €259.54 of late-payment interest and €40.00 for collection costs.",
		"Late-payment interest up to 15 August 2026 €259.54", "Amount to pay €12,399.54",
		"01/06/2026 30/06/2026 30 10.15% €12,100.00", "Day count: ACT/365.", "the total is rounded once",
		"law of 2 August 2002", "Call Sanne Bakker on +31 50 123 45 67",
	} {
		require.Contains(t, text, want)
	}
}

func TestReminder_SaysThatAPaymentCameBack(t *testing.T) {
	t.Parallel()
	d := claiming("en")
	d.Reopened = true
	require.Contains(t, reminderText(t, d), "The payment we received has been returned by the bank.")
}

func TestReminder_ShowsWhatACostIsComputedOn(t *testing.T) {
	t.Parallel()
	d := claiming("en")
	d.Claimed.Costs = []document.CostLine{{Kind: "WIK", Base: euro(10_000_00), Amount: euro(875_00), Article: "BIK art. 2"}}
	require.Contains(t, reminderText(t, d), "Extrajudicial collection costs, on €10,000.00, BIK art. 2 €875.00")
}

func TestReminder_PrincipalOnlyNamesNeitherInterestNorCosts(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"nl", "fr", "de", "en"} {
		d := claiming(language)
		d.Claimed, d.PreviousReminder = document.Claim{}, calendar.Date{}
		text := reminderText(t, d)
		require.NotRegexp(t, `(?i)interest|rente|intérêt|zins|kosten|frais|costs`, text)
		require.NotContains(t, text, "19 ", "no reminder was sent before")
	}
}

// "Mise en demeure" is the term of French law; under Belgian law it is kept for
// the last formal letter.
func TestReminder_IsNamedByTheLaw(t *testing.T) {
	t.Parallel()
	french, belgian := claiming("fr"), claiming("fr")
	belgian.Law = "BE"
	text := reminderText(t, french)
	require.Contains(t, text, "Mise en demeure : facture 2026-0123")
	require.Contains(t, text, "nous vous mettons en demeure de régler 12 399,54 € au plus tard le 11 novembre 2026")
	text = reminderText(t, belgian)
	require.Contains(t, text, "Rappel : facture 2026-0123")
	require.NotContains(t, text, "demeure")
	require.Contains(t, text, "art. 5 (intérêts) et art. 6 (indemnité) de la loi du 2 août 2002")
	require.Contains(t, reminderText(t, claiming("nl")), "Aanmaning: factuur 2026-0123")
	require.Contains(t, reminderText(t, claiming("de")), "Mahnung: Rechnung 2026-0123")
}

func TestReminder_LawWithoutASentenceShowsTheArticles(t *testing.T) {
	t.Parallel()
	d := claiming("de")
	d.Law = "AT"
	text := reminderText(t, d)
	require.NotContains(t, text, "Grundlage")
	require.Contains(t, text, "§ 288 Abs. 2 BGB")
}

func TestReminder_NoNoteWhereTheLinesAddUp(t *testing.T) {
	t.Parallel()
	d := claiming("en")
	d.Claimed.InterestTotal = euro(259_53)
	require.NotContains(t, reminderText(t, d), "rounded once")
}

func TestReminder_OtherCurrencyHasNoQRCode(t *testing.T) {
	t.Parallel()
	d := claiming("en")
	d.Claimed = document.Claim{}
	d.Invoice.Amount, d.Invoice.Open = money.New(100_00, "GBP"), money.New(100_00, "GBP")
	text := reminderText(t, d)
	require.Contains(t, text, "Amount to pay £100.00")
	require.NotContains(t, text, "Scan")
	d = claiming("en")
	d.WithoutQR = true
	require.NotContains(t, reminderText(t, d), "Scan")
}

func TestDocuments_ForeignCountryStandsInTheAddress(t *testing.T) {
	t.Parallel()
	require.Contains(t, invoiceText(t, invoiceCopy("nl")), "1000 Bruxelles BELGIË")
	d := invoiceCopy("nl")
	d.Customer.Country = "Nederland"
	require.NotContains(t, invoiceText(t, d), "NEDERLAND")
}

func TestReminder_OneDayLateIsSingular(t *testing.T) {
	t.Parallel()
	d := claiming("en")
	d.Date = d.Invoice.DueDate.AddDays(1)
	d.PayBy = day(time.June, 10)
	require.Contains(t, reminderText(t, d), "is now 1 day past its due date")
}

func TestReminder_SaysWhatTheLawLetsTheCreditorAdd(t *testing.T) {
	t.Parallel()
	for language, word := range map[string]string{"nl": "10,40%", "fr": "10,40", "de": "10,40", "en": "10.40%"} {
		d := claiming(language)
		d.Claimed = document.Claim{}
		d.MayAdd = document.LateTerms{Law: "NL", Rate: "10.40"}
		pdf, err := document.Reminder(d)
		require.NoError(t, err)
		require.Contains(t, flowing(t, pdf), word)
	}
}

func TestReminder_NamesABasisOfItsOwnAndAProvisionalRate(t *testing.T) {
	t.Parallel()
	d := claiming("nl")
	d.Law = ""
	for i := range d.Claimed.Interest {
		d.Claimed.Interest[i].Article = "contract"
	}
	for i := range d.Claimed.Costs {
		d.Claimed.Costs[i].Article = "costs_nl"
	}
	d.Claimed.RateKnownUntil = d.Claimed.Interest[0].To
	pdf, err := document.Reminder(d)
	require.NoError(t, err)
	text := textOf(t, pdf)
	require.Contains(t, text, "overeengekomen")
	require.Contains(t, text, "art. 6:96 BW")
	require.Contains(t, text, "voorlopig")
}
