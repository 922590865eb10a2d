package matching_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/matching"
)

func TestKnownAccount(t *testing.T) {
	t.Parallel()
	type want struct {
		decision   matching.Decision
		rule       matching.Rule
		booked     map[string]string
		reasons    []matching.Reason
		flags      []matching.Flag
		candidates []string
	}
	usd := invoice(t, "A-2026-7", "70.00")
	usd.Open.Currency = "USD"
	for name, tt := range map[string]struct {
		auto   bool
		items  []matching.Item
		amount string
		want   want
	}{
		"OneEqual": {
			false,
			[]matching.Item{invoice(t, "A-2026-1", "70.00"), invoice(t, "A-2026-2", "60.00"), of("c2", invoice(t, "B-2026-1", "70.00"))},
			"70.00",
			want{matching.Propose, matching.RuleKnownIBANExact, map[string]string{"A-2026-1": "70.00"}, []matching.Reason{matching.ReasonKnownIBANOnly}, nil, []string{"A-2026-1"}},
		},
		"OneEqualByPolicy": {
			true,
			[]matching.Item{invoice(t, "A-2026-1", "70.00"), invoice(t, "A-2026-2", "60.00")},
			"70.00",
			want{matching.Auto, matching.RuleKnownIBANExact, map[string]string{"A-2026-1": "70.00"}, nil, nil, nil},
		},
		"TwoEqual": {
			true,
			[]matching.Item{invoice(t, "A-2026-1", "70.00"), invoice(t, "A-2026-2", "70.00")},
			"70.00",
			want{
				matching.Propose, matching.RuleKnownIBANExact,
				map[string]string{},
				[]matching.Reason{matching.ReasonAmbiguousAmount},
				[]matching.Flag{matching.FlagAmbiguous},
				[]string{"A-2026-1", "A-2026-2"},
			},
		},
		"OneSumIsNeverAuto": {
			true,
			[]matching.Item{invoice(t, "A-2026-1", "70.00"), invoice(t, "A-2026-2", "60.00"), invoice(t, "A-2026-3", "50.00"), creditNote(t, "CN-2026-1", "7.00")},
			"113.00",
			want{
				matching.Propose, matching.RuleKnownIBANSubset,
				map[string]string{"A-2026-1": "70.00", "A-2026-3": "50.00", "CN-2026-1": "-7.00"},
				[]matching.Reason{matching.ReasonKnownIBANOnly},
				nil,
				[]string{"A-2026-1", "A-2026-3", "CN-2026-1"},
			},
		},
		"TwoSums": {
			true,
			[]matching.Item{invoice(t, "A-2026-1", "70.00"), invoice(t, "A-2026-2", "60.00"), invoice(t, "A-2026-3", "50.00"), invoice(t, "A-2026-4", "40.00")},
			"110.00",
			want{
				matching.Propose, matching.RuleKnownIBANSubset,
				map[string]string{},
				[]matching.Reason{matching.ReasonAmbiguousAmount},
				[]matching.Flag{matching.FlagAmbiguous},
				[]string{"A-2026-1", "A-2026-2", "A-2026-3", "A-2026-4"},
			},
		},
		"NothingFits": {
			true,
			[]matching.Item{invoice(t, "A-2026-1", "70.00"), usd, paid("p1", "", invoice(t, "A-2026-2", "71.00"))},
			"71.00",
			want{matching.None, matching.RuleNone, map[string]string{}, []matching.Reason{matching.ReasonNoAmountFits}, nil, []string{"A-2026-1"}},
		},
		"ACreditNoteIsNotPaid": {
			true,
			[]matching.Item{creditNote(t, "CN-2026-1", "70.00")},
			"70.00",
			want{matching.None, matching.RuleNone, map[string]string{}, []matching.Reason{matching.ReasonNoAmountFits}, nil, []string{"CN-2026-1"}},
		},
		"NothingOpen": {
			true, nil, "70.00",
			want{matching.None, matching.RuleNone, map[string]string{}, []matching.Reason{matching.ReasonNoAmountFits}, nil, nil},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := text(t, tt.amount, "")
			p.PayerIBAN = "be68 5390 0754 7034"
			o := match(t, index(t, matching.Policy{AutoKnownIBAN: tt.auto}, tt.items...), p)
			require.Equal(t, "c1", o.CustomerID, "an unmatched credit is the customer's")
			require.Equal(t, tt.want, want{o.Decision, o.Rule, booked(o), o.Reasons, o.Flags, o.Candidates})
			require.Len(t, evidence(o, matching.EvidencePayerIBAN), 1)
		})
	}
}

func TestKnownAccount_SumsUpToTwelveDocuments(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]matching.Decision{12: matching.Propose, 13: matching.None} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			var items []matching.Item
			for i := range n {
				items = append(items, invoice(t, fmt.Sprintf("A-2026-%d", i), fmt.Sprintf("%d.00", 1<<i)))
			}
			p := text(t, fmt.Sprintf("%d.00", 1<<12-1), "")
			p.PayerIBAN = klant
			o := match(t, index(t, matching.Policy{}, items...), p)
			require.Equal(t, want, o.Decision)
			if want == matching.None {
				require.Equal(t, []matching.Reason{matching.ReasonTooMany, matching.ReasonNoAmountFits}, o.Reasons)
				require.Len(t, o.Candidates, 13)
				return
			}
			require.Len(t, o.Allocations, 12)
		})
	}
}

func TestKnownAccount_OfTwoCustomers(t *testing.T) {
	t.Parallel()
	ix, err := matching.NewIndex(
		[]matching.Item{invoice(t, "A-2026-1", "70.00"), of("c2", invoice(t, "B-2026-1", "60.00")), of("c2", invoice(t, "B-2026-2", "25.00"))},
		[]matching.Payer{{klant, "c2"}, {klant, "c1"}, {klant, "c2"}}, matching.Policy{AutoKnownIBAN: true})
	require.NoError(t, err)
	pay := func(amount string) matching.Outcome {
		p := text(t, amount, "")
		p.PayerIBAN = klant
		return match(t, ix, p)
	}
	o := pay("70.00")
	require.Equal(t, matching.Propose, o.Decision, "not even by policy")
	require.Equal(t, "c1", o.CustomerID)
	require.Equal(t, []matching.Reason{matching.ReasonKnownIBANOnly, matching.ReasonTwoCustomers}, o.Reasons)

	o = pay("85.00")
	require.Equal(t, "c2", o.CustomerID)
	require.Equal(t, map[string]string{"B-2026-1": "60.00", "B-2026-2": "25.00"}, booked(o))

	o = pay("130.00")
	require.Equal(t, matching.None, o.Decision, "no sum goes over two customers")
	require.Empty(t, o.CustomerID)

	many := []matching.Item{invoice(t, "A-2026-1", "70.00"), invoice(t, "A-2026-2", "15.00")}
	for i := range 13 {
		many = append(many, of("c2", invoice(t, fmt.Sprintf("B-2026-%d", i), fmt.Sprintf("%d.00", i+1))))
	}
	ix, err = matching.NewIndex(many, []matching.Payer{{klant, "c2"}, {klant, "c1"}}, matching.Policy{})
	require.NoError(t, err)
	o = pay("85.00")
	require.Equal(t, matching.None, o.Decision, "the other has too many for the one sum to be the only one")
	require.Equal(t, []matching.Reason{matching.ReasonTooMany, matching.ReasonNoAmountFits}, o.Reasons)
}
