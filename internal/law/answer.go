package law

import (
	"encoding/json"
	"fmt"

	"maan/internal/calendar"
	"maan/internal/money"
)

// Money is an amount in the JSON form of the API: {"amount":"12.10","currency":"EUR"}.
type Money struct{ money.Amount }

type moneyJSON struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// MarshalJSON writes the plain decimal and the currency.
func (m Money) MarshalJSON() ([]byte, error) {
	return json.Marshal(moneyJSON{Amount: m.Decimal(), Currency: string(m.Currency)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Money) UnmarshalJSON(text []byte) error {
	var raw moneyJSON
	if err := json.Unmarshal(text, &raw); err != nil {
		return fmt.Errorf("read money: %w", err)
	}
	a, err := money.Parse(raw.Amount, raw.Currency)
	if err == nil {
		m.Amount = a
	}
	return err
}

// Reason says why nothing is claimed. Stored with claims: never rename.
type Reason string

// The reasons.
const (
	ReasonDebtorUnclear    Reason = "debtor_kind_unclear"
	ReasonNoRules          Reason = "no_rules_for_country"
	ReasonCurrency         Reason = "currency_not_euro"
	ReasonConsumerPackOff  Reason = "consumer_pack_off"
	ReasonNoConsumerRules  Reason = "no_consumer_rules"
	ReasonReceiptUnknown   Reason = "receipt_unknown"
	ReasonNoticeNeeded     Reason = "notice_needed"
	ReasonNoticeRuns       Reason = "notice_still_runs"
	ReasonClauseNeeded     Reason = "clause_needed"
	ReasonNotInDefault     Reason = "not_in_default"
	ReasonPaidInTime       Reason = "paid_in_time"
	ReasonNoRateKnown      Reason = "no_rate_known"
	ReasonInOtherCosts     Reason = "included_in_collection_costs"
	ReasonProofNeeded      Reason = "actual_costs_need_proof"
	ReasonNotFromConsumers Reason = "not_from_consumers"
)

var explanations = map[Reason]string{
	ReasonDebtorUnclear:    "the debtor may be a consumer: say that it is a business, a public body or a consumer first",
	ReasonNoRules:          "the law of this country has no rules here: claim by hand, or not at all",
	ReasonCurrency:         "legal rates and sums are known for euro claims only",
	ReasonConsumerPackOff:  "the rules for consumers of this country are switched off",
	ReasonNoConsumerRules:  "there are no rules for consumers of this country",
	ReasonReceiptUnknown:   "no due date was agreed, so the day on which the invoice was received must be known",
	ReasonNoticeNeeded:     "a consumer owes this only after a notice with a term: give the last day of that term",
	ReasonNoticeRuns:       "the term of the notice has not ended",
	ReasonClauseNeeded:     "this needs a clause in terms that the debtor demonstrably accepted",
	ReasonNotInDefault:     "the debtor was not in default yet",
	ReasonPaidInTime:       "nothing was open when interest would have begun",
	ReasonNoRateKnown:      "no rate is known for any day of the period: add a row to the rate table",
	ReasonInOtherCosts:     "the sum is the minimum of the collection costs, which are computed per letter",
	ReasonProofNeeded:      "beyond the fixed sum only actual costs are owed, against proof",
	ReasonNotFromConsumers: "consumers do not owe this",
}

// Explanation returns the reason in words, "" for no reason.
func (r Reason) Explanation() string { return explanations[r] }

// WarningCode names what a reader of a computation must know. Stored with
// claims: never rename.
type WarningCode string

// The warnings.
const (
	WarnRateUnknownAfter   WarningCode = "rate_unknown_after"
	WarnRateUnknownBefore  WarningCode = "rate_unknown_before"
	WarnDirectiveMinimum   WarningCode = "directive_minimum"
	WarnClauseUnproven     WarningCode = "clause_unproven"
	WarnClauseNotUsed      WarningCode = "clause_not_used_for_consumers"
	WarnRateRaisedToFloor  WarningCode = "rate_raised_to_floor"
	WarnRateLoweredToCap   WarningCode = "rate_lowered_to_cap"
	WarnNoCompounding      WarningCode = "compounding_not_allowed"
	WarnVATNeedsStatements WarningCode = "vat_needs_both_statements"
	WarnVATNotApplicable   WarningCode = "vat_not_applicable"
)

var warningTexts = map[WarningCode]string{
	WarnRateUnknownAfter:   "no row of the rate table covers the days after this date; the last known rate was used",
	WarnRateUnknownBefore:  "no row of the rate table covers the days before this date",
	WarnDirectiveMinimum:   "the minimum of Directive 2011/7/EU was used; the law of the country may give more",
	WarnClauseUnproven:     "the contract's rate was not used: its acceptance by the due date is not proved",
	WarnClauseNotUsed:      "the contract's rate was not used: it is not claimed from consumers",
	WarnRateRaisedToFloor:  "the contract's rate is below three times the legal rate, which was used instead",
	WarnRateLoweredToCap:   "the contract's rate is above the highest that is allowed, which was used instead",
	WarnNoCompounding:      "the contract's interest on interest was left out: this law does not allow it here",
	WarnVATNeedsStatements: "VAT was left out: the creditor must not be able to deduct it, and the letter must state that and the raise",
	WarnVATNotApplicable:   "VAT was left out: it belongs to Dutch collection costs only",
}

// Warning is a remark that stays with a result. Date is the day it turns on,
// where there is one.
type Warning struct {
	Code WarningCode   `json:"code"`
	Date calendar.Date `json:"date,omitzero"`
	Text string        `json:"text"`
}

func warn(code WarningCode, on calendar.Date) Warning {
	return Warning{Code: code, Date: on, Text: warningTexts[code]}
}

// String returns the code and the date, "rate_unknown_after 2026-12-31".
func (w Warning) String() string {
	if w.Date.IsZero() {
		return string(w.Code)
	}
	return string(w.Code) + " " + w.Date.String()
}
