package collection

import (
	"fmt"
	"math/big"
	"slices"

	"maan/internal/calendar"
	"maan/internal/law"
	"maan/internal/money"
	"maan/internal/store"
)

// Allocated is how the governing law divides what came in, beside what the creditor chose.
type Allocated struct {
	Order    law.Order          `json:"order"`
	Known    bool               `json:"known"` // false: the law of the country has no order here
	Receipts []AllocatedReceipt `json:"receipts"`
	Left     law.Balances       `json:"left"` // on the last day of interest
}

// AllocatedReceipt is one payment and what the law lets it pay.
type AllocatedReceipt struct {
	On   calendar.Date `json:"on"`
	Paid law.Balances  `json:"paid"`
}

// StatutoryAllocation divides the payments of an invoice by the order of the governing law:
// each pays what is owed on its day, interest up to and including it, rounded to the cent.
// The invoice's own payments are the credits that lower the principal only; costs are owed
// from the day on which they were claimed. Under Dutch law interest that was paid still
// counts for the interest on interest of a later year, some cents at most.
func StatutoryAllocation(t *law.Table, r ClaimRules, in ClaimInvoice, costs, receipts []law.Payment, until calendar.Date) (Allocated, error) {
	out := Allocated{Receipts: []AllocatedReceipt{}}
	out.Order, out.Known = law.StatutoryOrder(in.Country)
	in.Payments = slices.Clone(in.Payments)
	a := dividing{table: t, rules: r, invoice: in, costs: costs, before: new(big.Rat)}
	for _, receipt := range slices.SortedStableFunc(slices.Values(receipts), func(a, b law.Payment) int { return a.On.Compare(b.On) }) {
		if receipt.On.After(until) {
			break
		}
		paid, err := a.pay(out.Order, receipt)
		if err != nil {
			return out, err
		}
		out.Receipts = append(out.Receipts, AllocatedReceipt{On: receipt.On, Paid: paid})
	}
	var err error
	out.Left, _, err = a.owed(until)
	return out, err
}

// dividing is a debt whose payments are being divided.
type dividing struct {
	table     *law.Table
	rules     ClaimRules
	invoice   ClaimInvoice // its payments are those of the principal so far
	costs     []law.Payment
	costsPaid int64
	left      int64    // interest that the last payment left over
	before    *big.Rat // all interest up to the last payment, unrounded
}

// owed is what is owed on a day, and all interest up to it, unrounded.
func (a *dividing) owed(on calendar.Date) (law.Balances, *big.Rat, error) {
	o, err := ClaimOf(a.table, a.rules, []ClaimInvoice{a.invoice}, on)
	if err != nil {
		return law.Balances{}, nil, err
	}
	exact := new(big.Rat)
	for _, s := range o.Invoices[0].Interest.Segments {
		if amount, ok := new(big.Rat).SetString(s.Amount); ok { // the law's own text
			exact.Add(exact, amount)
		}
	}
	b := law.Balances{Principal: o.Invoices[0].Principal}
	currency := b.Principal.Currency
	since, err := law.AmountOf(new(big.Rat).Sub(exact, a.before), currency)
	if err != nil {
		return law.Balances{}, nil, err
	}
	b.Interest, b.Costs = law.Money{Amount: since}, law.Money{Amount: money.New(-a.costsPaid, currency)}
	b.Interest.Minor += a.left
	for _, c := range a.costs {
		if !c.On.After(on) {
			b.Costs.Minor += c.Amount.Minor
		}
	}
	b.Costs.Minor = max(0, b.Costs.Minor)
	return b, exact, nil
}

func (a *dividing) pay(order law.Order, receipt law.Payment) (law.Balances, error) {
	b, exact, err := a.owed(receipt.On)
	if err != nil {
		return law.Balances{}, err
	}
	d, err := law.Allocate(order, b, receipt.Amount)
	if err != nil {
		return law.Balances{}, fmt.Errorf("divide a payment by law: %w", err)
	}
	a.costsPaid += d.Paid.Costs.Minor
	a.left, a.before = d.Left.Interest.Minor, exact
	if d.Paid.Principal.IsPositive() {
		a.invoice.Payments = append(a.invoice.Payments, law.Payment{On: receipt.On, Amount: d.Paid.Principal.Amount})
	}
	return d.Paid, nil
}

// statutoryFacts takes the ledger of an invoice apart: what lowers the principal only, the
// costs that were claimed, and the payments, each as one whatever it paid.
func statutoryFacts(entries []store.LedgerEntry) (credits, costs, receipts []law.Payment) {
	back := reversed(entries)
	byReceipt := map[string]int{}
	for i := range entries {
		e := &entries[i]
		p := law.Payment{On: e.ValueDate, Amount: money.New(-e.AmountMinor, e.Currency)}
		switch {
		case back[e.ID]:
		case e.Kind == EntryCost && e.IsClaim():
			costs = append(costs, law.Payment{On: e.ValueDate, Amount: money.New(e.AmountMinor, e.Currency)})
		case e.Kind == EntryPayment && e.AmountMinor < 0:
			key := e.ID.String()
			if e.ReceiptID != nil {
				key = e.ReceiptID.String()
			}
			if at, known := byReceipt[key]; known {
				receipts[at].Amount.Minor += p.Amount.Minor
				continue
			}
			byReceipt[key] = len(receipts)
			receipts = append(receipts, p)
		case e.Bucket == store.BucketPrincipal && e.AmountMinor < 0:
			credits = append(credits, p)
		}
	}
	return credits, costs, receipts
}
