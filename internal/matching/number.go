package matching

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// shortestNumber is how many characters a number needs to prove anything.
const shortestNumber = 4

// numberKey is the form in which numbers are compared: letters and digits only,
// in capitals, without the zeros that lead the first digits. CN-0012 and
// "cn 12" are both CN12.
func numberKey(s string) string {
	key := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
	first := strings.IndexFunc(key, isDigit)
	if first < 0 {
		return key
	}
	zeros := 0
	for tail := key[first:]; zeros+1 < len(tail) && tail[zeros] == '0' && isDigit(rune(tail[zeros+1])); zeros++ {
	}
	return key[:first] + key[first+zeros:]
}

// telling reports whether a number, as a key, means something when it stands in
// text: long enough, with a digit, and no year.
func telling(key string) bool {
	return utf8.RuneCountInString(key) >= shortestNumber && strings.ContainsFunc(key, isDigit) && !isYear(key)
}

// sameSpelling compares a number with text as both are written, but for case
// and the marks around a Belgian reference.
func sameSpelling(number, text string) bool {
	return number != "" && strings.EqualFold(strings.Trim(number, "+* "), text)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isYear(s string) bool {
	return len(s) == 4 && (s[:2] == "19" || s[:2] == "20") && isDigit(rune(s[2])) && isDigit(rune(s[3]))
}

// labels are words that stand before a number, also without a space.
var labels = map[string]bool{
	"FACT": true, "FACTUUR": true, "FACTUURNR": true, "FACTUURNUMMER": true, "FACTNR": true, "FAKTUUR": true, "FACTURE": true,
	"INV": true, "INVOICE": true, "RECHNUNG": true, "RECHNUNGSNR": true, "RG": true, "RE": true, "FA": true,
	"NR": true, "NO": true, "NUMMER": true, "NUMERO": true, "REF": true,
}

// phoneLabels are words that stand before a telephone number.
var phoneLabels = map[string]bool{
	"TEL": true, "TELEFOON": true, "TELEFON": true, "TELEPHONE": true, "TÉLÉPHONE": true, "PHONE": true,
	"GSM": true, "MOB": true, "MOBIEL": true, "MOBILE": true, "HANDY": true,
}

// currencyWords stand before or after an amount.
var currencyWords = map[string]bool{"EUR": true, "EURO": true, "EUROS": true, "USD": true, "GBP": true, "CHF": true}
