package simulation

import (
	"cmp"
	"strings"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// plainFormat is the product's own form.
var plainFormat = format{
	required: []string{"invoice", "customer", "country", "issue_date", "due_date", "amount"},
	optional: []string{"kind", "currency", "disputed_on", "resolved_on", "paid_on"},
	read:     readPlain,
	assumptions: []string{
		"An invoice without a kind is a business's, one without a currency is in EUR.",
		"An invoice without paid_on is never paid: its ladder runs to its end. A dispute without resolved_on lasts until the payment.",
	},
}

func readPlain(r *row) Invoice {
	i := Invoice{
		Number: r.text("invoice"), Customer: r.text("customer"), Country: r.country("country"), Kind: r.kind("kind"),
		Issued: r.date("issue_date", true, calendar.ParseDate), Due: r.date("due_date", true, calendar.ParseDate),
		Amount:   r.amount("amount", cmp.Or(r.cell("currency"), "EUR")),
		Disputed: r.date("disputed_on", false, calendar.ParseDate), Resolved: r.date("resolved_on", false, calendar.ParseDate),
		Paid: r.date("paid_on", false, calendar.ParseDate),
	}
	i.check(r, columns{due: "due_date", amount: "amount", disputed: "disputed_on", resolved: "resolved_on", paid: "paid_on"})
	return i
}

// country reads an ISO 3166-1 code; whether a calendar knows it is another question.
func (r *row) country(column string) string {
	s := strings.ToUpper(r.cell(column))
	if len(s) != 2 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		r.fault(column, "write a country as two letters, such as NL")
	}
	return strings.Clone(s)
}

func (r *row) kind(column string) dunning.DebtorKind {
	switch k := dunning.DebtorKind(r.cell(column)); k {
	case "":
		return dunning.KindBusiness
	case dunning.KindBusiness, dunning.KindSoleTrader, dunning.KindConsumer, dunning.KindPublicBody, dunning.KindUnknown:
		return dunning.DebtorKind(strings.Clone(string(k)))
	default:
		r.fault(column, "give one of business, sole_trader, consumer, public_body, unknown")
		return ""
	}
}
