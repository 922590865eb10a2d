package law

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
)

// Rate is a rate of interest or a share in ten-thousandths of a percent: 10.4 %
// is 104000. Comparable with == and <. Its text form is the percentage,
// "10.40".
type Rate int64

const (
	percent       Rate  = 10_000
	unitsPerWhole int64 = 100 * int64(percent) // of a rate of 100 %
)

// How long the text of a rate may be: no law has four digits before the dot.
const (
	wholeDigits = 3
	rateDigits  = 4
)

// ParseRate reads a percentage such as "10.40", "8" or "-0.88": at most three
// digits, a dot and four decimals.
func ParseRate(s string) (Rate, error) {
	unsigned, negative := strings.CutPrefix(s, "-")
	whole, fraction, dotted := strings.Cut(unsigned, ".")
	if whole == "" || len(whole) > wholeDigits || len(fraction) > rateDigits || dotted == (fraction == "") {
		return 0, errRate
	}
	digits := whole + fraction + strings.Repeat("0", rateDigits-len(fraction))
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return 0, errRate
	}
	r := Rate(n)
	if negative {
		r = -r
	}
	return r, nil
}

var errRate = errors.New("not a rate: write a percentage with a dot and at most four decimals, such as 10.40")

// String returns the percentage with two decimals, or up to four where it has
// them: "10.40", "-0.88", "6.125".
func (r Rate) String() string {
	return exactText(big.NewRat(int64(r), int64(percent)))
}

// MarshalText returns the form of String.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the form of ParseRate.
func (r *Rate) UnmarshalText(text []byte) error {
	parsed, err := ParseRate(string(text))
	if err == nil {
		*r = parsed
	}
	return err
}
