package money

import (
	"fmt"
	"math"
	"strings"
)

// ParseCode names one reason why Parse refuses its input. Clients may rely on
// the values: never rename them.
type ParseCode string

// The reasons of a ParseError.
const (
	// UnknownCurrency: the code is not an active ISO 4217 code in capitals.
	UnknownCurrency ParseCode = "unknown_currency"
	// NotANumber: the amount is not a plain decimal.
	NotANumber ParseCode = "not_a_number"
	// TooManyDecimals: more decimals than the currency has, zeros included:
	// "1.210" may well be a thousand euros written with a grouping dot.
	TooManyDecimals ParseCode = "too_many_decimals"
	// OutOfRange: the amount does not fit in 64 bits of minor units.
	OutOfRange ParseCode = "out_of_range"
)

// ParseError is every error of Parse. Its text says what is wrong and how to
// mend it, and repeats nothing of the input but a three-letter code.
type ParseError struct {
	Code   ParseCode
	Detail string
}

// Error returns the detail.
func (e *ParseError) Error() string { return e.Detail }

// Parse reads a plain decimal and a currency code, Parse("1210.00", "EUR").
// An optional '-' comes first; there is no grouping, no '+', no exponent and
// no space, and digits stand on both sides of a dot. Fewer decimals than the
// currency has are fine ("12.5" is EUR 12.50). Every error is a *ParseError.
func Parse(amount, currency string) (Amount, error) {
	c := Currency(currency)
	digits, known := c.Digits()
	if !known {
		return Amount{}, unknownCurrency(currency)
	}
	unsigned, negative := strings.CutPrefix(amount, "-")
	whole, fraction, dotted := strings.Cut(unsigned, ".")
	if detail := plainDecimalFault(whole, fraction, dotted); detail != "" {
		return Amount{}, &ParseError{Code: NotANumber, Detail: detail}
	}
	if len(fraction) > digits {
		return Amount{}, &ParseError{Code: TooManyDecimals, Detail: fmt.Sprintf(
			"amount has %d decimals, %s has %d: write no grouping and at most that many decimals",
			len(fraction), c, digits)}
	}
	minor, ok := minorUnits(whole + fraction + strings.Repeat("0", digits-len(fraction)))
	if !ok {
		return Amount{}, &ParseError{Code: OutOfRange, Detail: fmt.Sprintf(
			"amount is too large: the most is %s", New(math.MaxInt64, c))}
	}
	if negative {
		minor = -minor
	}
	return Amount{Minor: minor, Currency: c}, nil
}

func unknownCurrency(currency string) *ParseError {
	shown := "currency"
	if len(currency) == 3 && strings.Trim(strings.ToUpper(currency), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		shown = fmt.Sprintf("currency %q", currency)
	}
	return &ParseError{
		Code:   UnknownCurrency,
		Detail: shown + " is not an active ISO 4217 code: write three capitals, such as EUR",
	}
}

// plainDecimalFault says what keeps the parts from being a plain decimal, or
// returns "". It names the fault without repeating the input, which may be any
// text that ended up in the wrong field.
func plainDecimalFault(whole, fraction string, dotted bool) string {
	const mend = ": write digits with at most one dot, such as 1210.00"
	switch {
	case whole == "" && !dotted:
		return "amount is empty" + mend
	case whole == "" || (dotted && fraction == ""):
		return "amount needs digits on both sides of the dot" + mend
	case strings.Contains(whole+fraction, ","):
		return "amount contains a comma" + mend
	case !onlyDigits(whole), !onlyDigits(fraction):
		return "amount contains something other than digits, one dot and a leading minus" + mend
	}
	return ""
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// minorUnits reads digits as a whole number; ok is false past math.MaxInt64.
func minorUnits(digits string) (minor int64, ok bool) {
	for i := range len(digits) {
		digit := int64(digits[i] - '0')
		if minor > (math.MaxInt64-digit)/10 {
			return 0, false
		}
		minor = minor*10 + digit
	}
	return minor, true
}
