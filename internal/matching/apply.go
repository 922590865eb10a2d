package matching

import (
	"errors"
	"fmt"
	"slices"
)

// errUnknown says that an outcome is not of this index.
var errUnknown = errors.New("apply: an allocation is for an item that is unknown or named twice: match the payment again")

// Apply books an auto or return outcome of the payment in the index, so that the
// next payment of the file finds what is open then. What a person accepted is
// booked by setting its decision to auto. Other outcomes change nothing.
//
// The error says that the index has changed since Match, or that the outcome is
// not of this index; nothing is booked then.
func (ix *Index) Apply(p Payment, o Outcome) error {
	if o.Decision != Auto && o.Decision != Return {
		return nil
	}
	if err := ix.applicable(o); err != nil {
		return err
	}
	for _, a := range o.Allocations {
		it := &ix.items[ix.byID[a.ItemID]]
		it.Open, it.Closed = a.Left, a.Left.IsZero()
		it.Discount = nil // it was for paying the whole at once
	}
	if o.Decision == Return {
		for _, i := range ix.byPayment[o.ReturnOf] {
			ix.items[i].Receipts = slices.DeleteFunc(ix.items[i].Receipts, func(r Receipt) bool { return r.PaymentID == o.ReturnOf })
		}
		delete(ix.byPayment, o.ReturnOf)
		return nil
	}
	if p.ID != "" {
		ix.remember(p, o)
	}
	return nil
}

// applicable reports whether what is open still is as the outcome saw it.
func (ix *Index) applicable(o Outcome) error {
	seen := make(map[string]bool, len(o.Allocations))
	for _, a := range o.Allocations {
		i, known := ix.byID[a.ItemID]
		if !known || seen[a.ItemID] {
			return errUnknown
		}
		seen[a.ItemID] = true
		it := &ix.items[i]
		if left := it.Open.Minor + it.effect(a); left < 0 || left != a.Left.Minor || a.Left.Currency != it.Open.Currency {
			return fmt.Errorf("apply: item %q has another open amount than when it was matched: match the payment again", a.ItemID)
		}
	}
	if o.Decision == Return && len(ix.byPayment[o.ReturnOf]) == 0 {
		return errors.New("apply: the payment that is taken back is not booked any more: match the return again")
	}
	return nil
}

// remember keeps the payment with the items it paid, or would have paid had they
// been open, so that a return of it is led there.
func (ix *Index) remember(p Payment, o Outcome) {
	for _, a := range o.Allocations {
		ix.receive(a.ItemID, Receipt{p.ID, p.EndToEndID, p.Amount, o.Unallocated, a.Amount, a.Discount, a.Rounding})
	}
	if len(o.Allocations) > 0 || !slices.Contains(o.Flags, FlagDoublePayment) {
		return
	}
	for _, id := range o.Candidates {
		nothing := p.Amount
		nothing.Minor = 0
		ix.receive(id, Receipt{p.ID, p.EndToEndID, p.Amount, o.Unallocated, nothing, nothing, nothing})
	}
}

func (ix *Index) receive(id string, r Receipt) {
	i, known := ix.byID[id]
	if !known {
		return
	}
	ix.items[i].Receipts = append(ix.items[i].Receipts, r)
	ix.addReceipt(i, r)
}

// effect is by how much an allocation changes what is open on the item: less
// when it is paid or used up, more when it reopens.
func (it *Item) effect(a Allocation) int64 {
	if it.Kind == CreditNote {
		return a.Amount.Minor
	}
	return -a.Amount.Minor - a.Discount.Minor - a.Rounding.Minor
}
