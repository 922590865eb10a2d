package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/money"
)

// commonFlags are those of both computations.
type commonFlags struct {
	country, kind, currency, due, until, noticeEnd string
	consumerPack, json                             bool
}

func (f *commonFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.country, "country", "", "`COUNTRY` of the law that governs, two letters: NL, BE, FR, DE or another euro country")
	flags.StringVar(&f.kind, "kind", "", "`KIND` of debtor: business, public_body, consumer, sole_trader or unknown")
	flags.StringVar(&f.currency, "currency", "EUR", "`CURRENCY` of all amounts")
	flags.StringVar(&f.due, "due", "", "last `DAY` to pay, as YYYY-MM-DD")
	flags.StringVar(&f.until, "until", "", "last `DAY` of the computation, as YYYY-MM-DD")
	flags.StringVar(&f.noticeEnd, "notice-end", "", "last `DAY` of the term that a formal notice or a 14-day letter gave")
	flags.BoolVar(&f.consumerPack, "consumer-pack", false, "switch on the rules for Dutch and Belgian consumers")
	flags.BoolVar(&f.json, "json", false, "print JSON")
}

// input reads flags and collects what is wrong with them.
type input struct{ faults []error }

func (in *input) fault(flag, format string, args ...any) {
	in.faults = append(in.faults, fmt.Errorf("--"+flag+": "+format, args...))
}

func (in *input) err() error { return errors.Join(in.faults...) }

func (in *input) country(s string) string {
	code := strings.ToUpper(s)
	if len(code) != 2 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		in.fault("country", "write two letters, such as NL")
	}
	return code
}

func (in *input) kind(s string) dunning.DebtorKind {
	kinds := []string{"business", "public_body", "consumer", "sole_trader", "unknown"}
	if !slices.Contains(kinds, s) {
		in.fault("kind", "write one of %s", strings.Join(kinds, ", "))
	}
	return dunning.DebtorKind(s)
}

func (in *input) day(flag, s string, required bool) calendar.Date {
	if s == "" && !required {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(s)
	if err != nil {
		in.fault(flag, "%w", err)
	}
	return d
}

func (in *input) amount(flag, s, currency string) money.Amount {
	a, err := money.Parse(s, currency)
	switch {
	case err != nil:
		in.fault(flag, "%w", err)
	case !a.IsPositive():
		in.fault(flag, "write an amount above zero")
	}
	return a
}

// currency reads the code; the amounts are checked as euros where it is wrong.
func (in *input) currency(s string) string {
	if _, known := money.Currency(s).Digits(); !known {
		in.fault("currency", "write an active ISO 4217 code in capitals, such as EUR")
		return "EUR"
	}
	return s
}

func (in *input) rate(flag, s string) law.Rate {
	r, err := law.ParseRate(s)
	switch {
	case err != nil:
		in.fault(flag, "%w", err)
	case r < 0:
		in.fault(flag, "write a percentage of 0 or more")
	}
	return r
}

// interestFlags are those of the interest command.
type interestFlags struct {
	commonFlags

	amount, received, dayCount, rate string
	payments                         []string
	notAgreed, compound              bool
}

func (f *interestFlags) register(flags *pflag.FlagSet) {
	f.commonFlags.register(flags)
	flags.StringVar(&f.amount, "amount", "", "invoice `AMOUNT` with VAT, before payments, such as 12100.00")
	flags.BoolVar(&f.notAgreed, "not-agreed", false, "the due date stands on the invoice only: nobody agreed to it")
	flags.StringVar(&f.received, "received", "", "`DAY` on which the invoice was received; needed with --not-agreed")
	flags.StringArrayVar(&f.payments, "payment", nil, "payment or credit as `DAY=AMOUNT`; may be given again")
	flags.StringVar(&f.dayCount, "day-count", "act/365", "`CONVENTION`: act/365, or act/act by the length of the year")
	flags.StringVar(&f.rate, "rate", "", "yearly rate in `PERCENT` of a contract that the debtor demonstrably accepted by the due date")
	flags.BoolVar(&f.compound, "compound", false, "the contract compounds yearly (Dutch law only); needs --rate")
}

// claim reads the flags; the error names every bad one.
func (f *interestFlags) claim() (law.Claim, error) {
	in := &input{}
	currency := in.currency(f.currency)
	c := law.Claim{
		Country: in.country(f.country), Debtor: in.kind(f.kind), Principal: in.amount("amount", f.amount, currency),
		Due: in.day("due", f.due, f.received == ""), DueDateAgreed: f.due != "" && !f.notAgreed,
		Received: in.day("received", f.received, false), NoticeTermEnd: in.day("notice-end", f.noticeEnd, false),
		Until:    in.day("until", f.until, true),
		DayCount: law.DayCount(strings.ToUpper(f.dayCount)),
		Packs:    law.Packs{NLConsumer: f.consumerPack, BEConsumer: f.consumerPack},
	}
	if c.DayCount != law.Act365 && c.DayCount != law.ActAct {
		in.fault("day-count", "write act/365 or act/act")
	}
	for _, p := range f.payments {
		on, amount, found := strings.Cut(p, "=")
		if !found {
			in.fault("payment", "write DAY=AMOUNT, such as 2026-07-01=4000.00")
			continue
		}
		c.Payments = append(c.Payments, law.Payment{On: in.day("payment", on, true), Amount: in.amount("payment", amount, currency)})
	}
	switch {
	case f.rate != "":
		accepted := c.Due
		if accepted.IsZero() {
			accepted = c.Received
		}
		c.Contract = &law.Contract{AnnualRate: in.rate("rate", f.rate), AcceptedOn: accepted}
		if f.compound {
			c.Contract.Compounding = law.Yearly
		}
	case f.compound:
		in.fault("compound", "only a contract says so: give its --rate")
	}
	return c, in.err()
}

// costsFlags are those of the costs command.
type costsFlags struct {
	commonFlags

	amounts                     []string
	vat, clauseAccepted         string
	vatNotDeductible, vatStated bool
}

func (f *costsFlags) register(flags *pflag.FlagSet) {
	f.commonFlags.register(flags)
	flags.StringArrayVar(&f.amounts, "amount", nil, "open principal, an `AMOUNT` without interest; given once for each invoice of the letter")
	flags.StringVar(&f.vat, "vat", "", "VAT in `PERCENT` by which Dutch costs are raised")
	flags.BoolVar(&f.vatNotDeductible, "vat-not-deductible", false, "the creditor cannot deduct the VAT of its collection service")
	flags.BoolVar(&f.vatStated, "vat-stated", false, "the letter states that, and that the costs are raised for it")
	flags.StringVar(&f.clauseAccepted, "clause-accepted", "", "`DAY` on which a Belgian consumer demonstrably accepted a clause on costs")
}

// letter reads the flags; the error names every bad one.
func (f *costsFlags) letter() (law.Letter, error) {
	in := &input{}
	currency := in.currency(f.currency)
	l := law.Letter{
		Country: in.country(f.country), Debtor: in.kind(f.kind), DefaultSince: in.day("due", f.due, true).AddDays(1),
		On: in.day("until", f.until, true), NoticeTermEnd: in.day("notice-end", f.noticeEnd, false),
		ClauseAcceptedOn: in.day("clause-accepted", f.clauseAccepted, false),
		Packs:            law.Packs{NLConsumer: f.consumerPack, BEConsumer: f.consumerPack},
	}
	if len(f.amounts) == 0 {
		in.fault("amount", "write the open principal of each invoice")
	}
	for _, a := range f.amounts {
		l.Principals = append(l.Principals, in.amount("amount", a, currency))
	}
	switch {
	case f.vat != "":
		l.VAT = &law.VAT{Rate: in.rate("vat", f.vat), CannotDeduct: f.vatNotDeductible, Stated: f.vatStated}
	case f.vatNotDeductible || f.vatStated:
		in.fault("vat", "write the percentage, such as 21")
	}
	return l, in.err()
}
