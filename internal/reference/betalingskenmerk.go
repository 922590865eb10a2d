package reference

import "fmt"

// A betalingskenmerk has 7 digits without any check, or 9 to 14 (check digit,
// length code, 7 to 12 digits of base), or 16 (check digit, 15 of base).
// Lengths 8 and 15 do not exist. Source: Betaalvereniging Nederland,
// specificaties betalingskenmerk.
const (
	uncheckedLength = 7
	shortestCoded   = 9
	longestCoded    = 14
	longLength      = 16

	shortestBase = 7
	longestBase  = 12
	longBase     = 15
)

// MakeBetalingskenmerk puts the check digit, and for a base of 7 to 12 digits
// the length code, before the base. A base has 7 to 12 or exactly 15 digits:
// its length is part of the reference, so none is filled up here.
func MakeBetalingskenmerk(base string) (string, error) {
	base = compact(base)
	if !onlyDigits(base) {
		return "", &Error{Betalingskenmerk, BadCharacter, "the base holds something other than digits"}
	}
	n := len(base)
	if n != longBase && (n < shortestBase || n > longestBase) {
		return "", &Error{Betalingskenmerk, BadLength, fmt.Sprintf(
			"the base has %d digits: give 7 to 12, or 15, with zeros on the left", n)}
	}
	if allZero(base) {
		return "", &Error{Betalingskenmerk, AllZero, "the base is zero: start numbering at 1"}
	}
	if n != longBase {
		base = string(lengthCode(n)) + base
	}
	return string(elevenCheck(base)) + base, nil
}

// CheckBetalingskenmerk checks a betalingskenmerk, with or without spaces, and
// returns its digits. Seven digits carry no check and always pass. The check
// digit misses a wrong digit now and then, when it is 1: remainders 1 and 10
// share it.
func CheckBetalingskenmerk(s string) (canonical string, err error) {
	s = compact(s)
	if !onlyDigits(s) {
		return "", &Error{Betalingskenmerk, BadCharacter, "holds something other than digits"}
	}
	n := len(s)
	coded := n >= shortestCoded && n <= longestCoded
	switch {
	case n != uncheckedLength && n != longLength && !coded:
		return "", &Error{Betalingskenmerk, BadLength, fmt.Sprintf(
			"has %d digits: 7, 9 to 14 or 16 are possible", n)}
	case allZero(s):
		return "", &Error{Betalingskenmerk, AllZero, "all digits are zero"}
	case n == uncheckedLength:
		return s, nil
	case coded && s[1] != lengthCode(n-2):
		return "", &Error{Betalingskenmerk, BadLengthCode, "the second digit does not fit the length: a digit is missing, added or mistyped"}
	case s[0] != elevenCheck(s[1:]):
		return "", &Error{Betalingskenmerk, BadCheckDigits, "the first digit does not fit the others: a digit is mistyped"}
	}
	return s, nil
}

// lengthCode is the last digit of the base's length.
func lengthCode(baseLength int) byte { return byte('0' + baseLength%10) }

// elevenCheck is the weighted modulo-11 check digit. The weights, from the
// right, are the powers of two modulo 11.
func elevenCheck(digits string) byte {
	sum, weight := 0, 1
	for i := len(digits) - 1; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += int(digits[i]-'0') * weight
	}
	switch check := 11 - sum%11; check {
	case 10:
		return '1'
	case 11:
		return '0'
	default:
		return byte('0' + check)
	}
}

func allZero(digits string) bool {
	for i := range len(digits) {
		if digits[i] != '0' {
			return false
		}
	}
	return true
}
