package reference

import (
	"slices"
	"unicode"
)

// rules are what the package can do with one kind of reference.
type rules struct {
	make   func(base string) (canonical string, err error)
	faults func(s string) (canonical string, faults []*Error)
	format func(s string) string
}

var schemes = map[Scheme]rules{
	OGM:              {MakeOGM, ogmFaults, FormatOGM},
	RF:               {MakeRF, rfFaults, FormatRF},
	Betalingskenmerk: {MakeBetalingskenmerk, betalingskenmerkFaults, FormatBetalingskenmerk},
	IBAN:             {MakeIBAN, ibanFaults, FormatIBAN},
}

// Schemes lists the schemes that Make, Check and Format know.
func Schemes() []Scheme { return []Scheme{OGM, RF, Betalingskenmerk, IBAN} }

func unknownScheme(name Scheme) *Error {
	return &Error{name, UnknownScheme, "no such scheme: use ogm, rf, betalingskenmerk or iban"}
}

// Make adds to a base what its scheme adds: check digits, and a length code or
// zeros where the scheme has them. Every error is an *Error.
func Make(name Scheme, base string) (canonical string, err error) {
	s, ok := schemes[name]
	if !ok {
		return "", unknownScheme(name)
	}
	return s.make(base)
}

// Check checks a value and returns its canonical form, or else everything that
// is wrong with it. A fault that makes another test meaningless hides it: check
// digits are compared only where nothing is missing.
func Check(name Scheme, value string) (canonical string, faults []*Error) {
	s, ok := schemes[name]
	if !ok {
		return "", []*Error{unknownScheme(name)}
	}
	return s.faults(value)
}

// Format prints a valid value as its scheme does on paper. Anything else comes
// back unchanged.
func Format(name Scheme, value string) string {
	s, ok := schemes[name]
	if !ok {
		return value
	}
	return s.format(value)
}

// Others lists the other schemes in which the value is valid, which is what
// somebody needs who checks it as the wrong kind.
func Others(name Scheme, value string) []Scheme {
	return slices.DeleteFunc(Schemes(), func(other Scheme) bool {
		_, faults := Check(other, value)
		return other == name || len(faults) > 0
	})
}

// first is the answer of a check for those who need no more than one fault.
func first(canonical string, faults []*Error) (string, error) {
	if len(faults) > 0 {
		return "", faults[0]
	}
	return canonical, nil
}

// lettersAndDigits drops the separators of a faulty value, so that its length
// can be told as its writer counts it.
func lettersAndDigits(s string) []rune {
	return slices.DeleteFunc([]rune(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}
