package matching_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/matching"
	"maan/internal/money"
)

func TestNewIndex_TellsAllFaultsByTheirPlace(t *testing.T) {
	t.Parallel()
	change := func(f func(*matching.Item)) matching.Item {
		it := invoice(t, "A-2026-1", "1.00")
		it.ID = ""
		f(&it)
		if it.ID == "" {
			it.ID = strings.Repeat("x", 3) + it.Number + string(it.Kind) + it.Open.String()
		}
		return it
	}
	items := []matching.Item{
		invoice(t, "A-2026-1", "1.00"),
		invoice(t, "A-2026-1", "1.00"),
		change(func(it *matching.Item) { it.CustomerID = "" }),
		change(func(it *matching.Item) { it.Number = "" }),
		change(func(it *matching.Item) { it.Number = strings.Repeat("9", 101) }),
		change(func(it *matching.Item) { it.Kind = "receipt" }),
		change(func(it *matching.Item) { it.Open.Currency = "eur" }),
		change(func(it *matching.Item) { it.Open.Minor = 0 }),
		change(func(it *matching.Item) { it.Open.Minor = -1 }),
		change(func(it *matching.Item) { it.Open.Minor = 1_000_000_000_001 }),
		change(func(it *matching.Item) { it.ID, it.Closed = "closed", true }),
		change(func(it *matching.Item) { it.ID, it.Discount = "d", &matching.Discount{BasisPoints: 300} }),
		change(func(it *matching.Item) {
			it.ID, it.Receipts = "r", []matching.Receipt{{PaymentID: "p", Total: money.New(1, "USD"), Amount: money.New(1, "USD")}}
		}),
		change(func(it *matching.Item) {
			it.ID, it.Receipts = "s", []matching.Receipt{{PaymentID: "p", Total: money.New(1, "EUR"), Amount: money.New(1, "EUR"), Discount: money.New(-1, "EUR")}}
		}),
	}
	_, err := matching.NewIndex(items, []matching.Payer{{IBAN: " ", CustomerID: "c1"}}, matching.Policy{
		RoundingTolerance: money.New(6, "EUR"), SmallBalance: money.New(-1, "EUR"),
	})
	require.Error(t, err)
	for _, want := range []string{
		"item 1: its id is that of an earlier item", "item 2: lacks", "item 3: its number", "item 4: its number has 101", "item 5: its kind",
		"item 6: its currency", "item 7: its open", "item 8: its open", "item 9: its open", "item 10: its open", "item 11: its discount",
		"item 12: a receipt", "item 13: a receipt", "payer 0:", "rounding tolerance", "small balance",
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "item 0")

	_, err = matching.NewIndex(make([]matching.Item, 500), nil, matching.Policy{})
	require.ErrorContains(t, err, "more")
	require.Less(t, len(err.Error()), 2000)
}

func TestApply_BooksOnlyWhatStillHolds(t *testing.T) {
	t.Parallel()
	setup := func() (*matching.Index, matching.Payment, matching.Outcome) {
		ix := index(t, matching.Policy{}, referenced(ogm, invoice(t, "A-2026-1", "100.00")), invoice(t, "A-2026-2", "50.00"))
		p := byReference(t, "60.00", ogm)
		return ix, p, match(t, ix, p)
	}
	t.Run("TheRestIsOpenForTheNextPayment", func(t *testing.T) {
		t.Parallel()
		ix, p, o := setup()
		require.NoError(t, ix.Apply(p, o))
		next := match(t, ix, byReference(t, "40.00", ogm))
		require.Equal(t, matching.RuleStructuredReference, next.Rule)
		require.NoError(t, ix.Apply(p, next))
		require.Contains(t, match(t, ix, p).Flags, matching.FlagDoublePayment)
	})
	t.Run("AStaleOutcomeIsRefused", func(t *testing.T) {
		t.Parallel()
		ix, p, o := setup()
		require.NoError(t, ix.Apply(p, o))
		require.ErrorContains(t, ix.Apply(p, o), "match the payment again")
		require.Equal(t, matching.RuleStructuredReference, match(t, ix, byReference(t, "40.00", ogm)).Rule, "nothing was booked")
	})
	t.Run("AnotherIndexsOutcomeIsRefused", func(t *testing.T) {
		t.Parallel()
		_, p, o := setup()
		require.ErrorContains(t, index(t, matching.Policy{}).Apply(p, o), "unknown")
	})
	t.Run("NamedTwiceIsRefused", func(t *testing.T) {
		t.Parallel()
		ix, p, o := setup()
		o.Allocations = append(o.Allocations, o.Allocations[0])
		require.ErrorContains(t, ix.Apply(p, o), "twice")
	})
	t.Run("AProposalChangesNothingUntilAccepted", func(t *testing.T) {
		t.Parallel()
		ix, _, _ := setup()
		p := text(t, "40.00", "A-2026-2")
		o := match(t, ix, p)
		require.Equal(t, matching.Propose, o.Decision)
		require.NoError(t, ix.Apply(p, o))
		require.Equal(t, o, match(t, ix, p))
		o.Decision = matching.Auto
		require.NoError(t, ix.Apply(p, o))
		require.Equal(t, matching.Auto, match(t, ix, text(t, "10.00", "A-2026-2")).Decision)
	})
	t.Run("TheCallersItemsStayAsTheyWere", func(t *testing.T) {
		t.Parallel()
		items := []matching.Item{paid("p1", "e1", referenced(ogm, invoice(t, "A-2026-1", "100.00")))}
		ix := index(t, matching.Policy{}, items...)
		r := back(t, "-100.00")
		r.EndToEndID = "e1"
		require.NoError(t, ix.Apply(r, match(t, ix, r)))
		require.True(t, items[0].Closed)
		require.Equal(t, "p1", items[0].Receipts[0].PaymentID)
	})
	t.Run("AReturnIsBookedOnce", func(t *testing.T) {
		t.Parallel()
		ix := index(t, matching.Policy{}, paid("p1", "e1", invoice(t, "A-2026-1", "100.00")))
		r := back(t, "-100.00")
		r.EndToEndID = "e1"
		o := match(t, ix, r)
		require.NoError(t, ix.Apply(r, o))
		require.ErrorContains(t, ix.Apply(r, o), "again")
	})
	t.Run("AReturnOfCreditIsBookedOnce", func(t *testing.T) {
		t.Parallel()
		ix := index(t, matching.Policy{}, paid("p1", "e1", referenced(ogm, invoice(t, "A-2026-1", "100.00"))))
		p := byReference(t, "25.00", ogm)
		p.EndToEndID = "e2"
		require.NoError(t, ix.Apply(p, match(t, ix, p)))
		r := back(t, "-25.00")
		r.EndToEndID = "e2"
		o := match(t, ix, r)
		require.Equal(t, matching.Return, o.Decision)
		require.NoError(t, ix.Apply(r, o))
		require.ErrorContains(t, ix.Apply(r, o), "not booked any more")
	})
}
