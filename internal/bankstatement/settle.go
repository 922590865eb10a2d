package bankstatement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"maan/internal/money"
	"maan/internal/xmlsafe"
)

// settle makes the transactions of an entry of its details, so that they add
// up to it.
func (s *scanner) settle(n *xmlsafe.Node, e *Entry) {
	details := s.details
	if len(details) == 0 {
		details = []detail{{transaction: Transaction{Payments: max(1, s.batch)}}}
	} else if s.batch > 0 && s.batch != len(details) {
		s.warn(n, "/NtryDtls/Btch/NbOfTxs", CodeBatchCount, fmt.Sprintf("the bank counts %d payments in the entry and details %d", s.batch, len(details)))
	}
	if amounts, ok := s.divide(n, e, details); ok {
		for i := range details {
			e.Transactions = append(e.Transactions, s.transaction(e, &details[i], amounts[i]))
		}
	} else {
		s.warn(n, "/NtryDtls", CodeAmountsMissing, fmt.Sprintf("the %d payments of the entry do not all state an amount; the entry was kept as one", len(details)))
		e.Transactions = []Transaction{s.together(e, details)}
	}
	if len(e.Transactions) > 1 {
		return
	}
	t := &e.Transactions[0]
	t.Text = cmp.Or(t.Text, text(n.Child("AddtlNtryInf")))
	if t.Charges.Currency == "" {
		t.Charges = s.charges(n)
	}
	if t.OriginalAmount.Currency == "" {
		t.OriginalAmount = like(s.optional(n.Child("AmtDtls").Child("InstdAmt").Child("Amt")), e.Amount)
	}
}

// divide returns the signed amount of each detail; ok is false where they do
// not say how the entry divides. Amounts that do not add up to the entry are a
// fault, but for a difference that is the charges the details state: then
// they are gross, and the charges come off.
func (s *scanner) divide(n *xmlsafe.Node, e *Entry, details []detail) (amounts []money.Amount, ok bool) {
	gross, stated := s.signs(e, details, func(d *detail) (money.Amount, bool) { return d.in(e.Amount.Currency) })
	if stated == len(details) {
		if adds(gross, e.Amount) {
			return gross, true
		}
		if net := s.net(n, e, details, gross); adds(net, e.Amount) {
			return net, true
		}
		s.fail(n, "/NtryDtls", CodeAmountsDiffer, "the amounts of the payments do not add up to the amount of the entry; ask the bank for a correct file")
		return gross, true
	}
	if len(details) == 1 {
		return []money.Amount{e.Amount}, true
	}
	// What was instructed is not always what was booked, so that it must add up.
	instructed, stated := s.signs(e, details, func(d *detail) (money.Amount, bool) {
		return d.instructed, d.instructed.Currency == e.Amount.Currency
	})
	return instructed, stated == len(details) && adds(instructed, e.Amount)
}

// signs gives the amounts of the details their signs, and counts those that
// there are.
func (*scanner) signs(e *Entry, details []detail, amount func(*detail) (money.Amount, bool)) (amounts []money.Amount, stated int) {
	amounts = make([]money.Amount, 0, len(details))
	for i := range details {
		d := &details[i]
		a, ok := amount(d)
		if !ok {
			continue
		}
		debit := e.Amount.IsNegative()
		if d.ownSign {
			debit = d.debit
		}
		if debit {
			a = a.Neg()
		}
		amounts = append(amounts, a)
	}
	return amounts, len(amounts)
}

// net takes the charges off; those of the entry where it has one detail that
// states none.
func (s *scanner) net(n *xmlsafe.Node, e *Entry, details []detail, gross []money.Amount) []money.Amount {
	net := slices.Clone(gross)
	for i := range details {
		charges := details[i].transaction.Charges
		if charges.Currency == "" && len(details) == 1 {
			charges = s.charges(n)
		}
		if charges.Currency != e.Amount.Currency {
			continue
		}
		if amount, err := gross[i].Sub(charges); err == nil {
			net[i] = amount
		}
	}
	return net
}

func adds(amounts []money.Amount, total money.Amount) bool {
	sum := money.New(0, total.Currency)
	for _, amount := range amounts {
		var err error
		if sum, err = sum.Add(amount); err != nil {
			return false
		}
	}
	return sum == total
}

// transaction completes a detail with what the entry tells.
func (s *scanner) transaction(e *Entry, d *detail, amount money.Amount) Transaction {
	t := d.transaction
	t.Amount = amount
	t.Counterparty = s.other(e, d)
	t.OriginalAmount = like(d.original(amount.Currency), amount)
	if gross, ok := d.in(amount.Currency); ok && t.OriginalAmount.Currency == "" && gross != amount && gross != amount.Neg() {
		t.OriginalAmount = like(gross, amount)
	}
	return t
}

// like gives an amount the sign of another.
func like(amount, signed money.Amount) money.Amount {
	if signed.IsNegative() {
		return amount.Neg()
	}
	return amount
}

// other is the counterparty. A credit comes from the debtor; when a payment
// comes back its parties keep their roles, so that the debtor of a returned
// direct debit is still the customer. Where the bank names only one party, or
// that side is the account itself, the other side is meant.
func (s *scanner) other(e *Entry, d *detail) Counterparty {
	back := e.Reversal || d.transaction.ReturnReason != ""
	first, second := d.debtor, d.creditor
	if e.Amount.IsNegative() != back {
		first, second = second, first
	}
	if (first == Counterparty{} || s.own(first)) && second != (Counterparty{}) && !s.own(second) {
		return second
	}
	return first
}

func (s *scanner) own(c Counterparty) bool {
	id := s.statement.Account.ID()
	return id != "" && (c.IBAN == id || c.Account == id)
}

// together is the one transaction of an entry that does not say how it
// divides: what all details have in common, and the references of all.
func (s *scanner) together(e *Entry, details []detail) Transaction {
	t := s.transaction(e, &details[0], e.Amount)
	t.OriginalAmount, t.Charges = money.Amount{}, money.Amount{}
	t.Payments = len(details)
	texts := []string{t.Text}
	for i := range details[1:] {
		d := s.transaction(e, &details[1+i], e.Amount)
		t.References = union(t.References, d.References)
		t.InvoiceNumbers = union(t.InvoiceNumbers, d.InvoiceNumbers)
		texts = append(texts, d.Text)
		same(&t.EndToEndID, d.EndToEndID)
		same(&t.MandateID, d.MandateID)
		same(&t.InstructionID, d.InstructionID)
		same(&t.BankRef, d.BankRef)
		same(&t.ReturnReason, d.ReturnReason)
		same(&t.ReturnText, d.ReturnText)
		same(&t.Counterparty, d.Counterparty)
	}
	t.Text = strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), " ")
	return t
}

func union[T comparable](all, more []T) []T {
	for _, v := range more {
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

// same empties a value that another does not share.
func same[T comparable](value *T, other T) {
	if *value != other {
		var none T
		*value = none
	}
}
