package bankstatement

import (
	"strconv"
	"strings"
	"time"

	"maan/internal/calendar"
	"maan/internal/money"
	"maan/internal/xmlsafe"
)

// text returns the value of an element, trimmed, on one line and without
// invisible characters; "" for nil.
func text(n *xmlsafe.Node) string {
	value, _ := n.Value()
	return value
}

// compact returns an account number in capitals without spaces.
func compact(n *xmlsafe.Node) string {
	return strings.ToUpper(strings.ReplaceAll(text(n), " ", ""))
}

// given returns a reference, and "" for the words that stand for none.
func given(n *xmlsafe.Node) string {
	value := text(n)
	if value == "NOTPROVIDED" || value == "NONREF" {
		return ""
	}
	return value
}

// required notes a fault where a value is missing.
func (s *scanner) required(n *xmlsafe.Node, name, what string) string {
	value := text(n.Child(name))
	if value == "" {
		s.fail(n, "/"+name, CodeMissing, what+" is missing; ask the bank for a complete file")
	}
	return value
}

// count reads a number of payments; 0 where there is none.
func (s *scanner) count(n *xmlsafe.Node) int {
	if n == nil {
		return 0
	}
	value, err := strconv.ParseUint(text(n), 10, 31)
	if err != nil {
		s.warn(n, "", CodeIgnored, "the number of payments is not a whole number, or is too large, and was left out")
		return 0
	}
	return int(value)
}

// signed reads Amt and CdtDbtInd of an entry or a balance; ok is false where
// either is at fault, which is noted.
func (s *scanner) signed(n *xmlsafe.Node) (amount money.Amount, ok bool) {
	amt := n.Child("Amt")
	if amt == nil {
		s.fail(n, "/Amt", CodeMissing, "the amount is missing; ask the bank for a complete file")
	} else {
		amount, ok = s.amount(amt)
	}
	debit, valid := s.debit(n)
	if debit {
		amount = amount.Neg()
	}
	return amount, ok && valid
}

// debit reads CdtDbtInd, which must be there.
func (s *scanner) debit(n *xmlsafe.Node) (debit, ok bool) {
	switch text(n.Child("CdtDbtInd")) {
	case "CRDT":
		return false, true
	case "DBIT":
		return true, true
	}
	s.fail(n, "/CdtDbtInd", CodeInvalidCode, "CdtDbtInd must be CRDT or DBIT, since it alone is the sign; ask the bank for a correct file")
	return false, false
}

// amount reads an amount that must be right.
func (s *scanner) amount(n *xmlsafe.Node) (money.Amount, bool) {
	amount, f := parseAmount(n)
	if f != nil {
		s.fail(n, f.below, f.code, f.message)
	}
	return amount, f == nil
}

// optional reads an amount that may be left out; the zero value for nil, and
// for one that cannot be read, which is warned of.
func (s *scanner) optional(n *xmlsafe.Node) money.Amount {
	if n == nil {
		return money.Amount{}
	}
	amount, f := parseAmount(n)
	if f != nil {
		s.warn(n, f.below, f.code, f.message+"; it was left out")
		return money.Amount{}
	}
	return amount
}

type amountFault struct {
	below, message string
	code           Code
}

// parseAmount reads an amount without sign. The schemas allow five decimals
// whatever the currency: zeros beyond its own are dropped, anything else there
// is a fault, since nothing is rounded.
func parseAmount(n *xmlsafe.Node) (money.Amount, *amountFault) {
	value, currency := text(n), n.Attr("Ccy")
	digits, known := money.Currency(currency).Digits()
	if !known {
		return money.Amount{}, &amountFault{"/@Ccy", "the currency is not an active ISO 4217 code in capitals, such as EUR", CodeInvalidCode}
	}
	if strings.HasPrefix(value, "-") {
		return money.Amount{}, &amountFault{"", "the amount bears a sign, which is CdtDbtInd's alone; ask the bank for a correct file", CodeInvalidAmount}
	}
	whole, fraction, _ := strings.Cut(value, ".")
	if len(fraction) > digits {
		if strings.Trim(fraction[digits:], "0") != "" {
			return money.Amount{}, &amountFault{"", "the amount has other decimals than zeros beyond those of " + currency + ", and nothing is rounded; ask the bank for a correct file", CodeInexactAmount}
		}
		fraction = fraction[:digits]
	}
	if whole == "" && fraction != "" {
		whole = "0" // ".50" is a decimal by the schema
	}
	if fraction != "" {
		whole += "." + fraction
	}
	amount, err := money.Parse(whole, currency)
	if err != nil {
		return money.Amount{}, &amountFault{"", err.Error(), CodeInvalidAmount}
	}
	return amount, nil
}

// choice reads a date that is a Dt or a DtTm; the zero Date for nil.
func (s *scanner) choice(n *xmlsafe.Node) calendar.Date {
	if d := n.Child("Dt"); d != nil {
		return s.date(d)
	}
	return s.date(n.Child("DtTm"))
}

// date reads a date, or the date that a time bears where it was written: no
// zone is converted.
func (s *scanner) date(n *xmlsafe.Node) calendar.Date {
	t, ok := parseTime(n)
	if !ok {
		s.fail(n, "", CodeInvalidDate, notADate)
	}
	return dateOf(t)
}

// instant reads a date and time that may be left out, in UTC where it bears no
// zone; the zero Time for nil.
func (s *scanner) instant(n *xmlsafe.Node) time.Time {
	t, ok := parseTime(n)
	if !ok {
		s.warn(n, "", CodeInvalidDate, notADate+"; it was left out")
	}
	return t
}

func dateOf(t time.Time) calendar.Date {
	if t.IsZero() {
		return calendar.Date{}
	}
	return calendar.DateOf(t)
}

const notADate = "not a date: it must be an existing day as YYYY-MM-DD, with a time as YYYY-MM-DDThh:mm:ss and perhaps a zone"

// The forms of dates and times in the schemas; a fraction of a second may
// follow the seconds.
var timeLayouts = []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02Z07:00"}

// parseTime returns the zero Time for nil.
func parseTime(n *xmlsafe.Node) (t time.Time, ok bool) {
	if n == nil {
		return time.Time{}, true
	}
	value := text(n)
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, value); err == nil && t.Year() > 1 {
			return t, true
		}
	}
	return time.Time{}, false
}
