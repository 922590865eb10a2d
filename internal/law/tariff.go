package law

import (
	"math/big"

	"maan/internal/money"
)

// Slice is a part of the principal with its share. Base and Amount are plain
// decimals; the slices are added before the sum is rounded.
type Slice struct {
	Over   string `json:"over"`           // where the slice begins
	Rate   *Rate  `json:"rate,omitempty"` // nil: a fixed amount
	Base   string `json:"base"`
	Amount string `json:"amount"`
}

// step is one line of a tariff: up to UpTo cents a rate, or a fixed sum.
type step struct {
	upTo  int64
	rate  Rate
	fixed int64
}

type tariff struct {
	steps   []step
	minimum int64
}

// wikTariff is art. 2 of the Besluit vergoeding voor buitengerechtelijke
// incassokosten (Stb. 2012, 141). What lies above 1,000,000 adds nothing: the
// most is EUR 6,775.
var wikTariff = tariff{
	minimum: 40_00,
	steps: []step{
		{upTo: 2_500_00, rate: 15 * percent},
		{upTo: 5_000_00, rate: 10 * percent},
		{upTo: 10_000_00, rate: 5 * percent},
		{upTo: 200_000_00, rate: percent},
		{upTo: 1_000_000_00, rate: percent / 2},
	},
}

// The Belgian caps (art. XIX.4 WER/CDE): 20 up to 150; above it 30 and 10 % of
// what lies above 150, and 5 % of what lies above 500, at most 2,000 in all.
var (
	belgianSmall = tariff{steps: []step{{upTo: 150_00, fixed: 20_00}}}
	belgianLarge = tariff{steps: []step{
		{upTo: 150_00, fixed: 30_00},
		{upTo: 500_00, rate: 10 * percent},
		{upTo: 39_200_00, rate: 5 * percent},
	}}
)

func belgianTariff(base money.Amount) tariff {
	if base.Minor <= belgianSmall.steps[0].upTo {
		return belgianSmall
	}
	return belgianLarge
}

// byTariff fills in the slices of the base and their sum, rounded half up once.
func (c Costs) byTariff(t tariff) (Costs, error) {
	var from int64
	sum := new(big.Rat)
	inEuro := func(minor int64) *big.Rat { return decimalOf(money.New(minor, c.Base.Currency)) }
	for _, s := range t.steps {
		if c.Base.Minor <= from {
			break
		}
		part := inEuro(min(c.Base.Minor, s.upTo) - from)
		slice := Slice{Over: exactText(inEuro(from)), Base: exactText(part)}
		amount := inEuro(s.fixed)
		if s.fixed == 0 {
			slice.Rate = &s.rate
			amount = s.rate.share(part)
		}
		slice.Amount = exactText(amount)
		c.Slices = append(c.Slices, slice)
		sum.Add(sum, amount)
		from = s.upTo
	}
	if least := inEuro(t.minimum); sum.Cmp(least) < 0 {
		sum, c.Minimum = least, true
	}
	amount, err := AmountOf(sum, c.Base.Currency)
	c.Amount, c.Total = Money{amount}, Money{amount}
	return c, err
}
