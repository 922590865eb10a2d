package law

import (
	"errors"
	"fmt"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// DayCount is how a rate for a year becomes one for some days. The laws do not
// say; it is stored with the claim and printed. Stored: never rename.
type DayCount string

// The conventions. They differ in leap years only, where ACT/ACT is the lower.
const (
	Act365 DayCount = "ACT/365" // the default
	ActAct DayCount = "ACT/ACT" // 365 or 366 by the calendar year of the day
)

// Compounding says whether interest bears interest. Stored: never rename.
type Compounding string

// The kinds of compounding.
const (
	Simple Compounding = "none"
	Yearly Compounding = "yearly" // on the anniversary of the first interest day
)

// Claim is one invoice on which interest is asked.
type Claim struct {
	// Country of the law that governs the invoice, ISO 3166-1 alpha-2 in capitals.
	Country string
	// Debtor is what the debtor is in law. A sole trader who bought for the
	// business is a business.
	Debtor dunning.DebtorKind
	// Principal is the invoice amount with VAT, before any payment.
	Principal money.Amount
	// Due is the last day to pay; DueDateAgreed says that both sides agreed to
	// it. A date that only the invoice names is not agreed.
	Due           calendar.Date
	DueDateAgreed bool
	// Received is the day on which the debtor got the invoice, or the goods or
	// service where they came later. Needed where no due date was agreed.
	Received calendar.Date
	// NoticeTermEnd is the last day of the term that a formal notice (mise en
	// demeure, Mahnung, ingebrekestelling) gave. Zero: there was none.
	NoticeTermEnd calendar.Date
	// Until is the last day of interest: the day of payment, or of the statement.
	Until calendar.Date
	// Payments and credits received up to Until; later ones change nothing. They
	// pay the principal first.
	Payments []Payment
	DayCount DayCount // "": ACT/365
	Contract *Contract
	Packs    Packs
}

// Payment is money, or a credit, that reached the creditor on a day. That day
// still bears interest.
type Payment struct {
	On     calendar.Date
	Amount money.Amount
}

// Contract is a clause on interest in the terms of the creditor.
type Contract struct {
	AnnualRate  Rate
	Compounding Compounding // "": none
	// AcceptedOn is the day on which the debtor demonstrably accepted the terms.
	// Without proof (zero), or with one after the due date, the law's rate holds.
	AcceptedOn calendar.Date
}

// Packs are the rules for consumers that are switched on.
type Packs struct {
	NLConsumer bool
	BEConsumer bool
}

// Bounds of a claim.
const (
	maxPayments = 10_000
	maxYears    = 60
)

func (c Claim) check() error {
	var f faults
	f.country(c.Country)
	f.debtor(c.Debtor)
	f.amount("principal", c.Principal)
	f.day("until", c.Until)
	f.optionalDay("due", c.Due)
	f.optionalDay("received", c.Received)
	f.optionalDay("notice term end", c.NoticeTermEnd)
	switch {
	case c.Due.IsZero() && c.DueDateAgreed:
		f.add("due: write the date that was agreed")
	case c.Due.IsZero() && c.Received.IsZero():
		f.add("due: write the due date, or the day on which the invoice was received")
	case c.Until.Year-later(c.Due, c.Received).Year > maxYears:
		f.add("until: the day lies more than %d years after the due date", maxYears)
	}
	if len(c.Payments) > maxPayments {
		f.add("payments: there are %d; %d are allowed", len(c.Payments), maxPayments)
		return f.all()
	}
	for i, p := range c.Payments {
		f.day(fmt.Sprintf("payment %d: day", i+1), p.On)
		f.amount(fmt.Sprintf("payment %d: amount", i+1), p.Amount)
		if p.Amount.Currency != c.Principal.Currency {
			f.add("payment %d: the currency is not that of the principal", i+1)
		}
	}
	if c.DayCount != "" && c.DayCount != Act365 && c.DayCount != ActAct {
		f.add("day count: write %s or %s", Act365, ActAct)
	}
	if k := c.Contract; k != nil {
		f.optionalDay("contract accepted on", k.AcceptedOn)
		if k.AnnualRate < 0 || k.AnnualRate > highestContractRate {
			f.add("contract rate: write a percentage between 0 and %s", highestContractRate)
		}
		if k.Compounding != "" && k.Compounding != Simple && k.Compounding != Yearly {
			f.add("contract compounding: write %s or %s", Simple, Yearly)
		}
	}
	return f.all()
}

const highestContractRate = 100 * percent

// faults collects what is wrong with an input.
type faults []error

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

func (f *faults) all() error { return errors.Join(*f...) }

func (f *faults) country(code string) {
	if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
		f.add("country: write two capitals (ISO 3166-1), such as NL")
	}
}

func (f *faults) debtor(kind dunning.DebtorKind) {
	switch kind {
	case dunning.KindBusiness, dunning.KindPublicBody, dunning.KindConsumer, dunning.KindSoleTrader, dunning.KindUnknown:
	default:
		f.add("kind: write %s, %s, %s, %s or %s", dunning.KindBusiness, dunning.KindPublicBody,
			dunning.KindConsumer, dunning.KindSoleTrader, dunning.KindUnknown)
	}
}

func (f *faults) amount(field string, a money.Amount) {
	if _, known := a.Currency.Digits(); !known {
		f.add("%s: the currency is not an active ISO 4217 code", field)
	}
	if !a.IsPositive() {
		f.add("%s: write an amount above zero", field)
	}
}

func (f *faults) day(field string, d calendar.Date) {
	if !isDay(d) {
		f.add("%s: write an existing day of the years %d to %d", field, firstYear, lastYear)
	}
}

func (f *faults) optionalDay(field string, d calendar.Date) {
	if !d.IsZero() {
		f.day(field, d)
	}
}
