package reference

import (
	"fmt"
	"strings"
)

const (
	rfPrefix     = "RF"
	rfHeadLength = 4
	rfMaxLength  = 25
	rfMaxBase    = rfMaxLength - rfHeadLength
)

// MakeRF makes the ISO 11649 creditor reference of a base of 1 to 21 letters
// and digits. Spaces are dropped, small letters become capitals.
func MakeRF(base string) (string, error) {
	base = compact(base)
	switch {
	case !onlyLettersAndDigits(base):
		return "", &Error{RF, BadCharacter, "the base may hold letters A-Z and digits only: leave out the others"}
	case base == "" || len(base) > rfMaxBase:
		return "", &Error{RF, BadLength, fmt.Sprintf("the base has %d characters: give 1 to 21", len(base))}
	}
	return rfPrefix + checkDigits(base+rfPrefix) + base, nil
}

// CheckRF checks a creditor reference, in groups or not, and returns it in
// capitals without spaces.
func CheckRF(s string) (canonical string, err error) { return first(rfFaults(s)) }

func rfFaults(s string) (canonical string, faults []*Error) {
	s = compact(s)
	if !strings.HasPrefix(s, rfPrefix) {
		faults = append(faults, &Error{RF, BadPrefix, "does not begin with RF: give it whole, with RF and the two digits after it"})
	}
	sound := onlyLettersAndDigits(s)
	if !sound {
		faults = append(faults, &Error{RF, BadCharacter, "may hold letters A-Z and digits only: leave out the others"})
	}
	n := len(lettersAndDigits(s))
	fits := n > rfHeadLength && n <= rfMaxLength
	if !fits {
		faults = append(faults, &Error{RF, BadLength, fmt.Sprintf("has %d characters, and 5 to 25 are allowed: compare it with the original", n)})
	}
	switch {
	case !sound || !fits || !strings.HasPrefix(s, rfPrefix): // then it has no check digits
	case !OnlyDigits(s[2:rfHeadLength]):
		faults = append(faults, &Error{RF, BadCharacter, "two digits must follow RF: compare it with the original"})
	case s[2:rfHeadLength] != checkDigits(s[rfHeadLength:]+rfPrefix):
		faults = append(faults, &Error{RF, BadCheckDigits, "the check digits after RF do not fit: a character is mistyped, compare it with the original"})
	}
	if len(faults) > 0 {
		return "", faults
	}
	return s, nil
}

// FormatRF prints a valid creditor reference in groups of four, as ISO 11649
// wants it on paper: "RF18 5390 0754 7034". Anything else comes back unchanged.
func FormatRF(s string) string {
	canonical, err := CheckRF(s)
	if err != nil {
		return s
	}
	return groupsOfFour(canonical)
}

// checkDigits returns the two digits of ISO 7064 MOD 97-10 for text that ends
// in the letters before them: 02 to 98. Comparing them is stricter than
// "modulo 97 is 1", which also passes 00, 01 and 99.
func checkDigits(rearranged string) string {
	return fmt.Sprintf("%02d", 98-mod97(rearranged+"00"))
}
