// Package reference makes, checks and prints the references by which a bank
// transfer finds its invoice: the Belgian OGM, the ISO 11649 creditor
// reference (RF), the Dutch betalingskenmerk, the IBAN, and the EPC QR code
// that carries them to the payer's banking app.
//
// It is pure. Errors say what is wrong with a value and how to mend it without
// repeating the value, so they are fit for logs and for clients.
package reference

import (
	"strings"
	"unicode"
)

// Scheme names a kind of reference. Values are stored: never rename them.
type Scheme string

// The schemes.
const (
	// OGM is the Belgian structured communication, also called VCS.
	OGM Scheme = "ogm"
	// RF is the creditor reference of ISO 11649.
	RF Scheme = "rf"
	// Betalingskenmerk is the Dutch payment reference of the former acceptgiro.
	Betalingskenmerk Scheme = "betalingskenmerk"
	// IBAN is an account number of ISO 13616, no payment reference.
	IBAN Scheme = "iban"
)

// Code names one reason why a value is refused. Clients may rely on the
// values: never rename them.
type Code string

// The reasons of an Error.
const (
	// BadLength: too short, too long or empty.
	BadLength Code = "length"
	// BadCharacter: a character that the scheme does not have.
	BadCharacter Code = "character"
	// BadCheckDigits: the check digits disagree with the rest, so something is
	// mistyped.
	BadCheckDigits Code = "check_digits"
	// BadLengthCode: the length digit of a betalingskenmerk is not that of its
	// length.
	BadLengthCode Code = "length_code"
	// BadPrefix: the value does not begin as the scheme wants.
	BadPrefix Code = "prefix"
	// BadCountry: an IBAN of a country outside SEPA.
	BadCountry Code = "country"
	// AllZero: zeros only, which no one issues.
	AllZero Code = "all_zero"
	// Missing: a needed field is empty.
	Missing Code = "missing"
	// NotEUR: the amount of a SEPA transfer is in another currency.
	NotEUR Code = "not_eur"
	// OutOfRange: outside what the standard allows.
	OutOfRange Code = "out_of_range"
	// TooLong: longer than the standard allows.
	TooLong Code = "too_long"
	// UnknownScheme: there is no such scheme.
	UnknownScheme Code = "scheme"
)

// Error is every error of the checks and makers of references. Its text holds
// no part of the value.
type Error struct {
	Scheme Scheme
	Code   Code
	Detail string
}

// Error returns the scheme and the detail.
func (e *Error) Error() string { return string(e.Scheme) + ": " + e.Detail }

// Detect tells which structured scheme a payment reference is and returns its
// canonical form; ok is false for free text. It never answers IBAN. Twelve
// digits that pass as OGM and as betalingskenmerk are an OGM. Since an invoice
// number of 9 to 16 digits passes as betalingskenmerk by chance about once in
// a hundred times, and one of 12 as OGM likewise, ok is a hint how to print or
// transmit the reference, no proof of who issued it. The unchecked seven-digit
// betalingskenmerk is not detected.
func Detect(s string) (scheme Scheme, canonical string, ok bool) {
	if canonical, err := CheckRF(s); err == nil {
		return RF, canonical, true
	}
	if canonical, err := CheckOGM(s); err == nil {
		return OGM, canonical, true
	}
	canonical, err := CheckBetalingskenmerk(s)
	if err == nil && len(canonical) != uncheckedLength {
		return Betalingskenmerk, canonical, true
	}
	return "", "", false
}

// compact drops white space, no-break spaces included, and makes capitals of
// the ASCII letters only: other alphabets must not turn into valid characters.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		default:
			return r
		}
	}, s)
}

// OnlyDigits reports whether nothing but ASCII digits is in s; nothing at all is, too.
func OnlyDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

func onlyLettersAndDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	}) < 0
}

// mod97 is the remainder of ISO 7064 MOD 97-10 with A = 10 to Z = 35. The
// input has digits and capitals only.
func mod97(s string) int {
	remainder := 0
	for i := range len(s) {
		if s[i] >= 'A' {
			remainder = (remainder*100 + int(s[i]-'A') + 10) % 97
		} else {
			remainder = (remainder*10 + int(s[i]-'0')) % 97
		}
	}
	return remainder
}

// groupsOfFour writes a space after every fourth character.
func groupsOfFour(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
