package reference

import (
	"fmt"
	"strings"
)

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
// the length code, before the base. A base has 7 to 15 digits. Since 15 is the
// only length above 12, one of 13 or 14 gets zeros on the left; a shorter one
// gets none, because each of the others is a length of its own.
func MakeBetalingskenmerk(base string) (string, error) {
	base = compact(base)
	if !OnlyDigits(base) {
		return "", &Error{Betalingskenmerk, BadCharacter, "the base holds something other than digits: leave it out"}
	}
	n := len(base)
	switch {
	case n < shortestBase || n > longBase:
		return "", &Error{Betalingskenmerk, BadLength, fmt.Sprintf(
			"the base has %d digits: give 7 to 15, with zeros on the left where there are fewer", n)}
	case allZero(base):
		return "", &Error{Betalingskenmerk, AllZero, "the base is zero: start numbering at 1"}
	case n > longestBase:
		base = strings.Repeat("0", longBase-n) + base
	default:
		base = string(lengthCode(n)) + base
	}
	return string(elevenCheck(base)) + base, nil
}

// CheckBetalingskenmerk checks a betalingskenmerk, with or without spaces, and
// returns its digits. Seven digits carry no check and always pass. The check
// digit misses a wrong digit now and then, when it is 1: remainders 1 and 10
// share it.
func CheckBetalingskenmerk(s string) (canonical string, err error) {
	return first(betalingskenmerkFaults(s))
}

func betalingskenmerkFaults(s string) (canonical string, faults []*Error) {
	s = compact(s)
	if !OnlyDigits(s) {
		faults = append(faults, &Error{Betalingskenmerk, BadCharacter, "holds something other than digits: write digits and spaces only"})
	}
	n := len(lettersAndDigits(s))
	coded := n >= shortestCoded && n <= longestCoded
	switch {
	case n != uncheckedLength && n != longLength && !coded:
		faults = append(faults, &Error{Betalingskenmerk, BadLength, fmt.Sprintf(
			"has %d digits, and 7, 9 to 14 or 16 are possible: compare it with the original", n)})
	case len(faults) > 0: // then it has no check digit
	case allZero(s):
		faults = append(faults, &Error{Betalingskenmerk, AllZero, "all digits are zero, which nobody issues: ask for the right one"})
	case n != uncheckedLength:
		faults = checkedFaults(s, coded)
	}
	if len(faults) > 0 {
		return "", faults
	}
	return s, nil
}

// checkedFaults tests the length code, where there is one, and the check digit.
func checkedFaults(s string, coded bool) (faults []*Error) {
	if coded && s[1] != lengthCode(len(s)-2) {
		faults = append(faults, &Error{Betalingskenmerk, BadLengthCode, "the second digit does not fit the length: a digit is missing, added or mistyped, compare it with the original"})
	}
	if s[0] != elevenCheck(s[1:]) {
		faults = append(faults, &Error{Betalingskenmerk, BadCheckDigits, "the first digit does not fit the others: a digit is mistyped, compare it with the original"})
	}
	return faults
}

// FormatBetalingskenmerk prints a valid betalingskenmerk in groups of four
// from the right: "12 2345 3462 2567". Anything else comes back unchanged.
func FormatBetalingskenmerk(s string) string {
	canonical, err := CheckBetalingskenmerk(s)
	if err != nil {
		return s
	}
	head := len(canonical) % 4
	return strings.TrimSpace(canonical[:head] + " " + groupsOfFour(canonical[head:]))
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
