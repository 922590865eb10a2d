package intake

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"maan/internal/dunning"
	"maan/internal/money"
	"maan/internal/sheet"
)

// Codes of faults in values. Values are part of answers: never rename.
const (
	CodeInvalidText     sheet.Code = "invalid_text"
	CodeInvalidCode     sheet.Code = "invalid_code"
	CodeInvalidEmail    sheet.Code = "invalid_email"
	CodeInvalidNumber   sheet.Code = "invalid_number"
	CodeNotMobile       sheet.Code = "not_mobile"
	CodeUnknownCurrency sheet.Code = "unknown_currency"
	CodeNotPositive     sheet.Code = "not_positive"
	CodeDueBeforeIssue  sheet.Code = "due_before_issue"
	CodeTooFar          sheet.Code = "too_far"
	CodeOpenExceeds     sheet.Code = "open_exceeds_amount"
	CodeContradiction   sheet.Code = "contradiction"
	CodeNumberTaken     sheet.Code = "number_taken"
	CodeCustomerDiffers sheet.Code = "customer_differs"
	CodeNotWhole        sheet.Code = "not_whole"
)

// Codes of notes. Values are part of answers: never rename.
const (
	NoteIBANInvalid    sheet.Code = "iban_invalid"
	NoteRepeated       sheet.Code = "repeated"
	NoteContactDiffers sheet.Code = "contact_differs"
)

// line reads a text of at most so many characters on one line.
func line(r *sheet.Row, field string, most int) string {
	text := r.Text(field)
	if utf8.RuneCountInString(text) > most || !printable(text) {
		r.Fail(field, CodeInvalidText, "the text is too long or holds a line break or another control character",
			fmt.Sprintf("give at most %d characters on one line", most))
		return ""
	}
	return text
}

// need is line, and a fault where the cell is empty.
func need(r *sheet.Row, field string, most int) string {
	if r.Need(field) == "" {
		return ""
	}
	return line(r, field, most)
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool {
		return c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0) || c == 0x2028 || c == 0x2029
	})
}

// word reads a cell that holds one of a few words; ok is false for an empty cell and
// for one with a fault.
func word[T any](r *sheet.Row, field string, words map[string]T, mend string) (value T, ok bool) {
	text := r.Text(field)
	if text == "" {
		return value, false
	}
	if value, ok = words[sheet.Normal(text)]; !ok {
		r.Fail(field, CodeInvalidCode, "this is not one of the words that the column may have", mend)
	}
	return value, ok
}

// kinds are the words for what a customer is in law.
var kinds = words(map[dunning.DebtorKind]string{
	dunning.KindBusiness:   "business b2b company zakelijk bedrijf geschäftlich geschäftskunde unternehmen entreprise société professionnel",
	dunning.KindSoleTrader: "sole_trader eenmanszaak zzp einzelunternehmer einzelunternehmen indépendant auto-entrepreneur",
	dunning.KindConsumer:   "consumer b2c private particulier consument privatkunde verbraucher consommateur",
	dunning.KindPublicBody: "public_body government overheid behörde öffentlich organisme_public administration",
	dunning.KindUnknown:    "unknown onbekend unbekannt inconnu",
})

const kindMend = "write business, sole_trader, consumer, public_body or unknown"

// words turns lists of words around, in the form in which they are compared.
func words[T comparable](lists map[T]string) map[string]T {
	index := map[string]T{}
	for value, list := range lists {
		for w := range strings.FieldsSeq(list) {
			index[sheet.Normal(w)] = value
		}
	}
	return index
}

// country reads an ISO 3166-1 code of two letters.
func country(r *sheet.Row) string {
	text := strings.ToUpper(r.Text("country"))
	if text == "" {
		return ""
	}
	region, err := language.ParseRegion(text)
	if err != nil || len(text) != 2 || !region.IsCountry() || region.Canonicalize() != region {
		r.Fail("country", CodeInvalidCode, "this is not the code of a country", "write two letters of ISO 3166-1, such as NL, BE, DE, FR or GB")
		return ""
	}
	return text
}

// tongue reads a language as the contract has it: nl, or fr-BE.
func tongue(r *sheet.Row) string {
	text := r.Text("language")
	if text == "" {
		return ""
	}
	base, region, split := strings.Cut(strings.ReplaceAll(text, "_", "-"), "-")
	base, region = strings.ToLower(base), strings.ToUpper(region)
	if !twoLetters(base, 'a') || (split && !twoLetters(region, 'A')) {
		r.Fail("language", CodeInvalidCode, "this is not the code of a language", "write two letters, such as nl, de, fr or en, with a country if need be (fr-BE)")
		return ""
	}
	if split {
		return base + "-" + region
	}
	return base
}

func twoLetters(s string, first byte) bool {
	return len(s) == 2 && s[0] >= first && s[0] < first+26 && s[1] >= first && s[1] < first+26
}

// currency reads an ISO 4217 code.
func currency(r *sheet.Row) money.Currency {
	c := money.Currency(strings.ToUpper(r.Need("currency")))
	if c == "" {
		return ""
	}
	if _, known := c.Digits(); !known {
		r.Fail("currency", CodeUnknownCurrency, "this is not an active ISO 4217 code", "write three letters, such as EUR")
		return ""
	}
	return c
}

// phone reads a telephone number as the contract has it.
func phone(r *sheet.Row, field string) string {
	text := r.Text(field)
	if len(text) > 40 || strings.Trim(text, "0123456789+() ./-") != "" {
		r.Fail(field, CodeInvalidNumber, "this is not one telephone number", "write digits, best with the country code, such as +31 20 1234567")
		return ""
	}
	return text
}

// contactRoles are the roles of a customer's contacts.
var contactRoles = []string{"accounts_payable", "buyer", "general", "management"}

func contactRole(r *sheet.Row) string {
	role := r.Text("contact_role")
	if role == "" {
		return contactRoles[0] // the files are about invoices
	}
	if !slices.Contains(contactRoles, role) {
		r.Fail("contact_role", CodeInvalidCode, "this is not a role of a contact", "write "+strings.Join(contactRoles, ", "))
		return ""
	}
	return role
}
