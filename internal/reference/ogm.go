package reference

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	ogmBaseLength = 10
	ogmLength     = 12
)

// MakeOGM appends the check digits to a base of 1 to 10 digits, filled up with
// zeros on the left, and returns the 12 digits. The check is the base modulo
// 97, or 97 when that is 0 (Febelfin/ABB standard).
func MakeOGM(base string) (string, error) {
	base = compact(base)
	switch {
	case !OnlyDigits(base):
		return "", &Error{OGM, BadCharacter, "the base holds something other than digits: leave it out"}
	case base == "" || len(base) > ogmBaseLength:
		return "", &Error{OGM, BadLength, fmt.Sprintf("the base has %d digits: give 1 to 10", len(base))}
	case strings.Trim(base, "0") == "":
		return "", &Error{OGM, AllZero, "the base is zero: start numbering at 1"}
	}
	base = strings.Repeat("0", ogmBaseLength-len(base)) + base
	return base + ogmCheck(base), nil
}

// CheckOGM checks a structured communication, written as 12 digits or as
// +++123/4567/89002+++ or ***123/4567/89002*** with or without spaces, and
// returns the 12 digits. An all-zero base is refused though its sum is right.
func CheckOGM(s string) (canonical string, err error) { return first(ogmFaults(s)) }

func ogmFaults(s string) (canonical string, faults []*Error) {
	s = compact(s)
	digits, ok := unwrapOGM(s)
	if !ok || !OnlyDigits(digits) {
		faults = append(faults, &Error{
			OGM, BadCharacter,
			"holds something other than 12 digits: write them plainly or as +++123/4567/89002+++",
		})
		digits = string(lettersAndDigits(s))
	}
	switch n := utf8.RuneCountInString(digits); {
	case n != ogmLength:
		faults = append(faults, &Error{OGM, BadLength, fmt.Sprintf("has %d digits instead of 12: compare it with the original", n)})
	case !OnlyDigits(digits): // then it has no check digits
	case strings.Trim(digits[:ogmBaseLength], "0") == "":
		faults = append(faults, &Error{OGM, AllZero, "the first 10 digits are all zero, which nobody issues: ask for the right one"})
	case digits[ogmBaseLength:] != ogmCheck(digits[:ogmBaseLength]):
		faults = append(faults, &Error{OGM, BadCheckDigits, "the last two digits do not fit the others: a digit is mistyped, compare it with the original"})
	}
	if len(faults) > 0 {
		return "", faults
	}
	return digits, nil
}

// FormatOGM prints a valid structured communication as +++010/8068/17183+++.
// Anything else comes back unchanged.
func FormatOGM(s string) string {
	digits, err := CheckOGM(s)
	if err != nil {
		return s
	}
	return "+++" + digits[:3] + "/" + digits[3:7] + "/" + digits[7:] + "+++"
}

// unwrapOGM takes off +++ or *** on both ends and the slashes in their places.
func unwrapOGM(s string) (digits string, ok bool) {
	for _, mark := range []string{"+++", "***"} {
		if inner, found := strings.CutPrefix(s, mark); found {
			s, found = strings.CutSuffix(inner, mark)
			if !found {
				return "", false
			}
			break
		}
	}
	const firstSlash, secondSlash, slashedLength = 3, 8, 14
	if len(s) == slashedLength && s[firstSlash] == '/' && s[secondSlash] == '/' {
		return s[:firstSlash] + s[firstSlash+1:secondSlash] + s[secondSlash+1:], true
	}
	return s, true
}

func ogmCheck(base string) string {
	remainder := mod97(base)
	if remainder == 0 {
		remainder = 97
	}
	return fmt.Sprintf("%02d", remainder)
}
