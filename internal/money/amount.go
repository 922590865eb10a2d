// Package money holds amounts of money as whole minor units of an ISO 4217
// currency, reads them from plain decimals and writes them for people.
//
// It is pure: no clock, no rounding, no floats. Nothing here converts between
// currencies, and two amounts only add up when their currencies agree.
package money

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Errors of Add and Sub, to be matched with errors.Is.
var (
	// ErrCurrencyMismatch says that two amounts of different currencies met.
	ErrCurrencyMismatch = errors.New("currencies differ")
	// ErrOverflow says that a result does not fit in an Amount.
	ErrOverflow = errors.New("amount is out of range")
)

// Amount is a sum of money in minor units: EUR 12.10 is 1210, JPY 500 is 500,
// BHD 1.250 is 1250. Comparable with ==. The JSON form is stored in histories:
// never rename its fields.
//
// The range is -math.MaxInt64 to math.MaxInt64, so that every amount has a
// negative.
type Amount struct {
	Minor    int64    `json:"minor"`
	Currency Currency `json:"currency"`
}

// New returns the amount of minor units of c. It does not check the currency:
// use Parse for input from outside.
func New(minor int64, c Currency) Amount {
	return Amount{Minor: minor, Currency: c}
}

// Add returns a+b. The error matches ErrCurrencyMismatch or ErrOverflow.
// A running sum starts from New(0, currency), not from the zero Amount.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("add %q to %q: %w", b.Currency, a.Currency, ErrCurrencyMismatch)
	}
	sum := a.Minor + b.Minor
	overflowed := (b.Minor > 0 && sum < a.Minor) || (b.Minor < 0 && sum > a.Minor)
	if overflowed || sum == math.MinInt64 {
		return Amount{}, fmt.Errorf("add in %s: %w", a.Currency, ErrOverflow)
	}
	return Amount{Minor: sum, Currency: a.Currency}, nil
}

// Sub returns a-b. The error matches ErrCurrencyMismatch or ErrOverflow.
func (a Amount) Sub(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("subtract %q from %q: %w", b.Currency, a.Currency, ErrCurrencyMismatch)
	}
	difference := a.Minor - b.Minor
	overflowed := (b.Minor > 0 && difference > a.Minor) || (b.Minor < 0 && difference < a.Minor)
	if overflowed || difference == math.MinInt64 {
		return Amount{}, fmt.Errorf("subtract in %s: %w", a.Currency, ErrOverflow)
	}
	return Amount{Minor: difference, Currency: a.Currency}, nil
}

// Neg returns the amount with its sign turned. math.MinInt64, which is outside
// the range of Amount, becomes math.MaxInt64.
func (a Amount) Neg() Amount {
	if a.Minor == math.MinInt64 {
		return Amount{Minor: math.MaxInt64, Currency: a.Currency}
	}
	return Amount{Minor: -a.Minor, Currency: a.Currency}
}

// IsZero reports whether nothing is left, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// IsPositive reports whether the amount is above zero.
func (a Amount) IsPositive() bool { return a.Minor > 0 }

// IsNegative reports whether the amount is below zero.
func (a Amount) IsNegative() bool { return a.Minor < 0 }

// Decimal returns the plain decimal with all minor digits and a dot, "1210.00"
// or "-0.05": the form of the API and of files, and the input of Parse. An
// unknown currency has no minor digits: its units are written whole.
func (a Amount) Decimal() string {
	whole, fraction := a.split()
	var b strings.Builder
	if a.IsNegative() {
		b.WriteByte('-')
	}
	b.WriteString(whole)
	if fraction != "" {
		b.WriteByte('.')
		b.WriteString(fraction)
	}
	return b.String()
}

// String returns the code and the plain decimal, "EUR 1210.00", for logs and
// tests. Format is the one for readers.
func (a Amount) String() string {
	return strings.TrimSpace(string(a.Currency) + " " + a.Decimal())
}

// split returns the digits before and after the decimal mark, without sign.
func (a Amount) split() (whole, fraction string) {
	magnitude := uint64(a.Minor) //nolint:gosec // a negative amount is turned round in the next line
	if a.Minor < 0 {
		magnitude = -magnitude // two's complement, right for math.MinInt64 too
	}
	digits, _ := a.Currency.Digits()
	text := strconv.FormatUint(magnitude, 10)
	if pad := digits + 1 - len(text); pad > 0 {
		text = strings.Repeat("0", pad) + text
	}
	return text[:len(text)-digits], text[len(text)-digits:]
}
