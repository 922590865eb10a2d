package reference

import (
	"fmt"
	"strings"
)

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

// MakeIBAN puts the check digits of ISO 13616 into an account of the SEPA area:
// the country's code and the national account number, "NLABNA0417164300", or
// the same with 00 in place of the check digits.
func MakeIBAN(base string) (string, error) {
	base = compact(base)
	if !onlyLettersAndDigits(base) {
		return "", &Error{IBAN, BadCharacter, "may hold letters A-Z, digits and spaces only: leave out the others"}
	}
	country := base[:min(2, len(base))]
	length, known := ibanLengths[country]
	if !known {
		return "", &Error{IBAN, BadCountry, "does not begin with the code of a SEPA country, such as NL"}
	}
	account := base[len(country):]
	if len(base) == length {
		var zeros bool
		if account, zeros = strings.CutPrefix(account, "00"); !zeros {
			return "", &Error{IBAN, BadCheckDigits, "has check digits already: check it, or write 00 in their place"}
		}
	}
	if want := length - ibanHeadLength; len(account) != want {
		return "", &Error{IBAN, BadLength, fmt.Sprintf("the account has %d characters after the country code, one of %s has %d", len(account), country, want)}
	}
	return CheckIBAN(country + checkDigits(account+country) + account)
}

// CheckIBAN checks an IBAN of the SEPA area, in groups or not, and returns it
// in capitals without spaces. It checks the length of the country, the check
// digits of ISO 13616, and for Belgium the national check; see PassesElfproef
// for the Dutch one, which is no more than a hint.
func CheckIBAN(s string) (canonical string, err error) { return first(ibanFaults(s)) }

func ibanFaults(s string) (canonical string, faults []*Error) {
	s = compact(s)
	if !onlyLettersAndDigits(s) {
		faults = append(faults, &Error{IBAN, BadCharacter, "may hold letters A-Z, digits and spaces only: leave out the others"})
		if s = string(lettersAndDigits(s)); !onlyLettersAndDigits(s) {
			return "", faults // letters of another alphabet: nothing else can be told
		}
	}
	if len(s) < ibanHeadLength {
		return "", append(faults, &Error{IBAN, BadLength, fmt.Sprintf("has %d characters, too few for any country: compare it with the original", len(s))})
	}
	country := s[:2]
	length, known := ibanLengths[country]
	switch {
	case !known:
		faults = append(faults, &Error{IBAN, BadCountry, "does not begin with the code of a SEPA country, such as NL"})
	case len(s) != length:
		faults = append(faults, &Error{IBAN, BadLength, fmt.Sprintf("has %d characters, one of %s has %d: compare it with the original", len(s), country, length)})
	}
	if !OnlyDigits(s[2:ibanHeadLength]) {
		faults = append(faults, &Error{IBAN, BadCharacter, "two digits must follow the country code: compare it with the original"})
	} else if known && len(s) == length {
		faults = append(faults, ibanCheckFaults(country, s[2:ibanHeadLength], s[ibanHeadLength:])...)
	}
	if len(faults) > 0 {
		return "", faults
	}
	return s, nil
}

func ibanCheckFaults(country, check, account string) (faults []*Error) {
	if check != checkDigits(account+country) {
		faults = append(faults, &Error{IBAN, BadCheckDigits, "the check digits do not fit: a character is mistyped, compare it with the original"})
	}
	if country == "BE" && !belgianAccount(account) {
		faults = append(faults, &Error{IBAN, BadCheckDigits, "the Belgian account number's last two digits do not fit: a digit is mistyped, compare it with the original"})
	}
	return faults
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
	return OnlyDigits(account) && account[ogmBaseLength:] == ogmCheck(account[:ogmBaseLength])
}

// PassesElfproef reports whether a valid IBAN passes the Dutch eleven test: the
// ten digits of the account, weighted 10 down to 1, add up to a multiple of 11.
// Accounts of ING, the former giro numbers, need not pass it, so a failure is a
// reason to look twice and no fault. Accounts outside the Netherlands pass.
func PassesElfproef(iban string) bool {
	canonical, err := CheckIBAN(iban)
	if err != nil || canonical[:2] != "NL" {
		return err == nil
	}
	const bankLength = 4
	account := canonical[ibanHeadLength+bankLength:]
	sum := 0
	for i := range len(account) {
		sum += int(account[i]-'0') * (len(account) - i)
	}
	return OnlyDigits(account) && sum%11 == 0
}
