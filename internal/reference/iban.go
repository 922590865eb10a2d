package reference

import "fmt"

const ibanHeadLength = 4

// ibanLengths holds the countries of the SEPA geographical scope (European
// Payments Council, EPC409-09) and the lengths of their IBANs (SWIFT IBAN
// registry). French overseas territories use FR; Jersey, Guernsey and the Isle
// of Man use GB.
var ibanLengths = map[string]int{
	"AD": 24, "AL": 28, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28,
	"CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27,
	"GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26,
	"IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24,
	"ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25,
	"RO": 24, "RS": 22, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "VA": 22,
}

// outsideEEA holds the SEPA countries whose transfers need the payee's BIC.
var outsideEEA = map[string]bool{
	"AD": true, "AL": true, "CH": true, "GB": true, "GI": true, "MC": true,
	"MD": true, "ME": true, "MK": true, "RS": true, "SM": true, "VA": true,
}

// CheckIBAN checks an IBAN of the SEPA area, in groups or not, and returns it
// in capitals without spaces. It checks the length of the country, the check
// digits of ISO 13616, and for Belgium the national check; the Dutch elfproef
// is not applied, since not every Dutch account passes it.
func CheckIBAN(s string) (canonical string, err error) {
	s = compact(s)
	switch {
	case len(s) < ibanHeadLength:
		return "", &Error{IBAN, BadLength, fmt.Sprintf("has %d characters, too few for any country", len(s))}
	case !onlyLettersAndDigits(s):
		return "", &Error{IBAN, BadCharacter, "may hold letters A-Z, digits and spaces only"}
	}
	country, account := s[:2], s[ibanHeadLength:]
	length, known := ibanLengths[country]
	switch {
	case !known:
		return "", &Error{IBAN, BadCountry, "does not begin with the code of a SEPA country, such as NL"}
	case len(s) != length:
		return "", &Error{IBAN, BadLength, fmt.Sprintf("has %d characters, one of %s has %d", len(s), country, length)}
	case !onlyDigits(s[2:ibanHeadLength]):
		return "", &Error{IBAN, BadCharacter, "two digits must follow the country code"}
	case s[2:ibanHeadLength] != checkDigits(account+country):
		return "", &Error{IBAN, BadCheckDigits, "the check digits do not fit: a character is mistyped"}
	case country == "BE" && !belgianAccount(account):
		return "", &Error{IBAN, BadCheckDigits, "the Belgian account number's last two digits do not fit: a digit is mistyped"}
	}
	return s, nil
}

// FormatIBAN prints a valid IBAN in groups of four. Anything else comes back
// unchanged.
func FormatIBAN(s string) string {
	canonical, err := CheckIBAN(s)
	if err != nil {
		return s
	}
	return groupsOfFour(canonical)
}

// belgianAccount checks that the last two of the 12 digits are the first ten
// modulo 97, or 97 for 0: the rule of the OGM.
func belgianAccount(account string) bool {
	return onlyDigits(account) && account[ogmBaseLength:] == ogmCheck(account[:ogmBaseLength])
}
