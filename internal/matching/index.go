package matching

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"maan/internal/money"
	"maan/internal/reference"
)

const (
	// maxMinor bounds every amount of an item, so that no sum of items
	// overflows: ten billion in a currency with cents.
	maxMinor = 1_000_000_000_000
	// maxPayment bounds payments likewise; a larger one is for a person.
	maxPayment = 1000 * maxMinor
	// maxNumber is the longest invoice number.
	maxNumber = 100
	// maxRounding is the highest rounding tolerance in minor units.
	maxRounding = 5
	maxFaults   = 20
)

// Index holds the documents of one creditor for matching. Match only reads it
// and may run in parallel; Apply changes it and may not.
type Index struct {
	policy Policy
	// items are in the order in which debts are paid, the oldest first, and the
	// maps hold places in it.
	items       []Item
	byID        map[string]int
	byReference map[string][]int
	byNumber    map[string][]int
	byEndToEnd  map[string][]int
	byCustomer  map[string][]int
	byPayment   map[string][]int
	// payments are the ids of the payments that came with an end-to-end id.
	payments map[string][]string
	payers   map[string][]string
}

// NewIndex builds the index of a creditor's documents and known payers. The
// error tells all faults at once, by the place of the item.
func NewIndex(items []Item, payers []Payer, policy Policy) (*Index, error) {
	if err := check(items, payers, policy); err != nil {
		return nil, err
	}
	n := len(items)
	ix := &Index{
		policy: policy, items: slices.Clone(items),
		byID: make(map[string]int, n), byReference: make(map[string][]int, n), byNumber: make(map[string][]int, n),
		byEndToEnd: map[string][]int{}, byCustomer: map[string][]int{}, byPayment: map[string][]int{},
		payments: map[string][]string{}, payers: make(map[string][]string, len(payers)),
	}
	slices.SortFunc(ix.items, func(a, b Item) int {
		return cmp.Or(a.DueDate.Compare(b.DueDate), a.IssueDate.Compare(b.IssueDate), cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID))
	})
	for i := range ix.items {
		ix.add(i)
	}
	for _, p := range payers {
		insert(ix.payers, accountKey(p.IBAN), p.CustomerID)
	}
	return ix, nil
}

func (ix *Index) add(i int) {
	it := &ix.items[i]
	it.Receipts = slices.Clone(it.Receipts)
	ix.byID[it.ID] = i
	insert(ix.byCustomer, it.CustomerID, i)
	insert(ix.byNumber, numberKey(it.Number), i)
	if key, ok := referenceKey(Reference{reference.Betalingskenmerk, it.PaymentReference}); ok {
		insert(ix.byReference, key, i)
	}
	if _, _, checked := reference.Detect(it.PaymentReference); !checked && it.PaymentReference != "" {
		insert(ix.byNumber, numberKey(it.PaymentReference), i)
	}
	for _, id := range it.EndToEndIDs {
		if key := endToEndKey(id); key != "" {
			insert(ix.byEndToEnd, key, i)
		}
	}
	for _, r := range it.Receipts {
		ix.addReceipt(i, r)
	}
}

func (ix *Index) addReceipt(i int, r Receipt) {
	insert(ix.byPayment, r.PaymentID, i)
	if key := endToEndKey(r.EndToEndID); key != "" {
		insert(ix.payments, key, r.PaymentID)
	}
}

// insert appends the value to those of the key. Who reads a list that may hold
// one twice uses distinct.
func insert[V comparable](m map[string][]V, key string, value V) {
	list := m[key]
	if n := len(list); n == 0 || list[n-1] != value {
		m[key] = append(list, value)
	}
}

// distinct returns the values sorted, each once.
func distinct[V cmp.Ordered](values []V) []V {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

// referenceKey is the canonical form of a structured reference with right check
// digits, or of a seven-digit betalingskenmerk that says to be one.
func referenceKey(r Reference) (key string, ok bool) {
	if _, key, ok = reference.Detect(r.Value); ok || r.Scheme != reference.Betalingskenmerk {
		return key, ok
	}
	key, err := reference.CheckBetalingskenmerk(r.Value)
	return key, err == nil
}

// endToEndKey is the id without spaces around it; "" for none.
func endToEndKey(id string) string {
	if id = strings.TrimSpace(id); strings.EqualFold(id, "NOTPROVIDED") {
		return ""
	}
	return id
}

func accountKey(iban string) string {
	return strings.ToUpper(strings.Join(strings.Fields(iban), ""))
}

func check(items []Item, payers []Payer, policy Policy) error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	seen := make(map[string]bool, len(items))
	for i := range items {
		if fault := items[i].fault(); fault != "" {
			add("item %d: %s", i, fault)
		}
		if seen[items[i].ID] {
			add("item %d: its id is that of an earlier item: give each item once", i)
		}
		seen[items[i].ID] = true
	}
	for i, p := range payers {
		if accountKey(p.IBAN) == "" || p.CustomerID == "" {
			add("payer %d: lacks its account or its customer", i)
		}
	}
	if policy.RoundingTolerance.Minor < 0 || policy.RoundingTolerance.Minor > maxRounding {
		add("policy: the rounding tolerance is zero to %d minor units", maxRounding)
	}
	if policy.SmallBalance.Minor < 0 || policy.MaxReturnFee.Minor < 0 {
		add("policy: the small balance and the highest fee are zero or more")
	}
	if more := len(faults) - maxFaults; more > 0 {
		faults = append(faults[:maxFaults], fmt.Errorf("and %d more", more))
	}
	return errors.Join(faults...)
}

// fault says what is wrong with an item and how to mend it; "" for nothing.
func (it *Item) fault() string {
	_, known := it.Open.Currency.Digits()
	switch {
	case it.ID == "" || it.CustomerID == "":
		return "lacks its id or its customer"
	case it.Number == "" || len(it.Number) > maxNumber:
		return fmt.Sprintf("its number has %d characters: 1 to %d are possible", len(it.Number), maxNumber)
	case it.Kind != Invoice && it.Kind != CreditNote:
		return "its kind is neither invoice nor credit_note"
	case !known:
		return "its currency is no ISO 4217 code in capitals"
	case it.Closed != it.Open.IsZero() || it.Open.IsNegative() || it.Open.Minor > maxMinor:
		return "its open amount is above zero while it is open, and zero when it is closed"
	case it.Discount != nil && (it.Discount.BasisPoints < 1 || it.Discount.BasisPoints > 9999 || it.Discount.Until.IsZero()):
		return "its discount is 1 to 9999 basis points and has a last day"
	}
	for _, r := range it.Receipts {
		if r.PaymentID == "" || !r.fits(it.Open.Currency) {
			return "a receipt lacks its payment, is in another currency or out of range"
		}
	}
	return ""
}

// fits reports whether a receipt is a part of a payment in the currency.
func (r *Receipt) fits(currency money.Currency) bool {
	for _, a := range []money.Amount{r.Unallocated, r.Discount, r.Rounding} {
		if a.Minor < 0 || a.Minor > maxPayment || (a.Minor != 0 && a.Currency != currency) {
			return false
		}
	}
	return r.Total.Currency == currency && r.Total.IsPositive() && r.Total.Minor <= maxPayment &&
		r.Amount.Currency == currency && max(r.Amount.Minor, -r.Amount.Minor) <= maxMinor
}
