package law

import (
	"fmt"
	"math/big"
	"strings"

	"maan/internal/money"
)

// scale is the number of decimals to which the interest of one segment is
// worked out. The segments are added as they are shown, and the sum is rounded
// once, so that anybody can add them up again.
const scale = 10

// centDigits is the least number of decimals that is shown.
const centDigits = 2

// decimalOf returns the amount in whole units of its currency.
func decimalOf(a money.Amount) *big.Rat {
	digits, _ := a.Currency.Digits()
	units := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	return new(big.Rat).SetFrac(big.NewInt(a.Minor), units)
}

// rounded returns r to scale decimals, half away from zero.
func rounded(r *big.Rat) *big.Rat {
	out, _ := new(big.Rat).SetString(r.FloatString(scale)) // its own format
	return out
}

// exactText writes r to scale decimals, without the zeros past the second.
func exactText(r *big.Rat) string {
	s := r.FloatString(scale)
	for strings.HasSuffix(s, "0") && len(s)-strings.IndexByte(s, '.')-1 > centDigits {
		s = s[:len(s)-1]
	}
	return s
}

// AmountOf rounds r half up to the minor unit. The error says that it does not
// fit in an amount.
func AmountOf(r *big.Rat, c money.Currency) (money.Amount, error) {
	digits, _ := c.Digits()
	a, err := money.Parse(r.FloatString(digits), string(c))
	if err != nil {
		return money.Amount{}, fmt.Errorf("the result: %w", err)
	}
	return a, nil
}

// share returns r percent of base.
func (r Rate) share(base *big.Rat) *big.Rat {
	return new(big.Rat).Mul(base, big.NewRat(int64(r), unitsPerWhole))
}
