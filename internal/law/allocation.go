package law

import "maan/internal/money"

// Bucket is a part of a debt. Stored with claims: never rename.
type Bucket string

// The buckets.
const (
	BucketCosts     Bucket = "costs"
	BucketInterest  Bucket = "interest"
	BucketPrincipal Bucket = "principal"
)

// Order is the order in which a payment is set off against the parts of a debt.
type Order struct {
	Law     string    `json:"law"`
	Buckets [3]Bucket `json:"buckets"`
}

// PrincipalFirst is the kinder order, which any creditor may keep to.
var PrincipalFirst = Order{Law: "policy: principal first", Buckets: [3]Bucket{BucketPrincipal, BucketInterest, BucketCosts}}

// statutoryOrders by country. Whether the costs of art. 6:44 BW include those
// of collection is contested. In France the law names interest and principal
// only, so costs come last. In Belgium the payment reference is the debtor's
// indication, and names the invoice: its principal comes first.
var statutoryOrders = map[string]Order{
	"NL": {Law: "art. 6:44 BW", Buckets: [3]Bucket{BucketCosts, BucketInterest, BucketPrincipal}},
	"DE": {Law: "§ 367(1) BGB", Buckets: [3]Bucket{BucketCosts, BucketInterest, BucketPrincipal}},
	"FR": {Law: "art. 1343-1 Code civil", Buckets: [3]Bucket{BucketInterest, BucketPrincipal, BucketCosts}},
	"BE": {Law: "Book 5 BW/CC: the payment reference is the debtor's indication", Buckets: [3]Bucket{BucketPrincipal, BucketInterest, BucketCosts}},
}

// StatutoryOrder returns the order of a country's law; known is false where it
// has none here, and the order then is [PrincipalFirst].
func StatutoryOrder(country string) (order Order, known bool) {
	if order, known = statutoryOrders[country]; known {
		return order, true
	}
	return PrincipalFirst, false
}

// Balances are what is owed of one debt on the day of a payment, each rounded
// to the cent: interest up to and including that day.
type Balances struct {
	Costs     Money `json:"costs"`
	Interest  Money `json:"interest"`
	Principal Money `json:"principal"`
}

// Allocation is what a payment paid of each part, and what is left of each.
type Allocation struct {
	Order Order    `json:"order"`
	Paid  Balances `json:"paid"`
	Left  Balances `json:"left"`
	// Surplus is what nothing was owed for any more.
	Surplus Money `json:"surplus"`
}

// Allocate sets a payment off in the given order. What it pays of the parts and
// the surplus together are the payment, to the cent.
func Allocate(o Order, owed Balances, payment money.Amount) (Allocation, error) {
	var f faults
	f.amount("payment", payment)
	for _, b := range o.Buckets {
		part := owed.of(b)
		if part == nil {
			f.add("order: write each of %s, %s and %s once", BucketCosts, BucketInterest, BucketPrincipal)
			continue
		}
		if part.Currency != payment.Currency {
			f.add("%s: the currency is not that of the payment", b)
		}
		if part.IsNegative() {
			f.add("%s: the balance is below zero", b)
		}
	}
	if o.Buckets[0] == o.Buckets[1] || o.Buckets[1] == o.Buckets[2] || o.Buckets[0] == o.Buckets[2] {
		f.add("order: a part stands in it twice")
	}
	if err := f.all(); err != nil {
		return Allocation{}, err
	}
	out := Allocation{Order: o, Paid: owed, Left: owed}
	rest := payment.Minor
	for _, b := range o.Buckets {
		paid := min(rest, owed.of(b).Minor)
		out.Paid.of(b).Minor = paid
		out.Left.of(b).Minor -= paid
		rest -= paid
	}
	out.Surplus = Money{money.New(rest, payment.Currency)}
	return out, nil
}

func (b *Balances) of(bucket Bucket) *Money {
	switch bucket {
	case BucketCosts:
		return &b.Costs
	case BucketInterest:
		return &b.Interest
	case BucketPrincipal:
		return &b.Principal
	default:
		return nil
	}
}
