package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/law"
)

// line runs a command line without quotes.
func line(t *testing.T, args string) string {
	t.Helper()
	out, err := run(t, "", strings.Fields(args)...)
	require.NoError(t, err)
	return out
}

func TestLawInterest(t *testing.T) {
	t.Parallel()
	version := law.Shipped().Version()
	for name, tt := range map[string]struct{ args, want string }{
		"SegmentsAndLaw": {
			"law interest --country nl --kind business --amount 12100.00 --due 2026-05-31 --until 2026-08-15",
			`Interest on EUR 12100.00 (debtor: business, law: NL)

from        to          days       rate     on        interest
2026-06-01  2026-06-30  30 of 365  10.15 %  12100.00  100.9438356164
2026-07-01  2026-08-15  46 of 365  10.40 %  12100.00  158.5928767123

total       EUR 259.54
law         art. 6:119a BW (NL_6_119a)
rate        statutory, compounding yearly
days        ACT/365, from 2026-06-01 up to and including 2026-08-15
rate table  ` + version + "\n",
		},
		"ReasonWhereNothingIsClaimed": {
			"law interest --country GB --kind business --amount 100 --due 2026-05-31 --until 2026-08-15",
			`Interest on EUR 100.00 (debtor: business, law: GB)

total       EUR 0.00
why         no_rules_for_country: the law of this country has no rules here: claim by hand, or not at all
rate table  ` + version + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, line(t, tt.args))
		})
	}
	for name, tt := range map[string]struct{ args, want string }{
		"PaymentPaysThePrincipal": {"--country NL --amount 10000 --due 2026-04-30 --until 2026-09-03 --payment 2026-07-01=4000.00", "total       EUR 281.89\n"},
		"ActAct":                  {"--country BE --amount 2000 --due 2024-05-31 --until 2025-02-28 --day-count act/act", "total       EUR 183.35\n"},
		"TermOfTheLaw": {
			"--country DE --amount 1190 --due 2026-06-15 --not-agreed --received 2026-06-02 --until 2026-08-31",
			"from 2026-07-16 up to and including 2026-08-31",
		},
		"NoDueDate":        {"--country NL --amount 1190 --received 2026-06-01 --until 2026-08-31", "from 2026-07-02 up to"},
		"RateOfAContract":  {"--country NL --amount 1000 --due 2025-05-31 --until 2026-08-15 --rate 6.5 --compound", "rate        contract, compounding yearly\n"},
		"FrenchFloor":      {"--country FR --amount 5000 --due 2026-01-31 --until 2026-03-31 --rate 6.5", "rate_raised_to_floor 2026-02-01"},
		"RateUnknown":      {"--country NL --amount 1000 --due 2026-05-31 --until 2027-02-15", "warning     rate_unknown_after 2026-12-31: "},
		"AnotherCurrency":  {"--country NL --amount 1000 --currency JPY --due 2026-05-31 --until 2026-08-15", "why         currency_not_euro: "},
		"ReceiptIsMissing": {"--country NL --amount 1000 --due 2026-05-31 --not-agreed --until 2026-08-15", "why         receipt_unknown: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, line(t, "law interest --kind business "+tt.args), tt.want)
		})
	}
	t.Run("ConsumerPack", func(t *testing.T) {
		t.Parallel()
		const args = "law interest --kind consumer --country NL --amount 1000 --due 2026-05-31 --until 2026-08-15"
		require.Contains(t, line(t, args), "consumer_pack_off")
		require.Contains(t, line(t, args+" --consumer-pack"), "art. 6:119 BW (NL_6_119)")
	})
	t.Run("JSON", func(t *testing.T) {
		t.Parallel()
		var out law.Computation
		require.NoError(t, json.Unmarshal([]byte(line(t,
			"law interest --country NL --kind business --amount 12100 --due 2026-05-31 --until 2026-08-15 --json")), &out))
		require.Equal(t, "EUR 259.54", out.Total.String())
		require.Len(t, out.Segments, 2)
	})
}

func TestLawCosts(t *testing.T) {
	t.Parallel()
	require.Equal(t, `Costs over EUR 450.00 (invoices: 3, debtor: business, law: NL)

Fixed sum
total  EUR 0.00
why    included_in_collection_costs: the sum is the minimum of the collection costs, which are computed per letter

Collection costs
above  on      rate     costs
0.00   450.00  15.00 %  67.50

total  EUR 67.50
law    art. 6:96(4) BW, art. 2 Besluit BIK
`, line(t, "law costs --country NL --kind business --amount 100 --amount 150 --amount 200 --due 2026-05-31 --until 2026-08-15"))
	for name, tt := range map[string]struct{ args, want string }{
		"Minimum":       {"--country NL --kind business --amount 100", "minimum  EUR 40.00\ntotal    EUR 40.00\n"},
		"VAT":           {"--country NL --kind business --amount 2500 --vat 21 --vat-not-deductible --vat-stated", "VAT    EUR 78.75\ntotal  EUR 453.75\n"},
		"VATUnstated":   {"--country NL --kind business --amount 2500 --vat 21", "warning  vat_needs_both_statements: "},
		"SetOff":        {"--country DE --kind business --amount 2500", "note   set off against higher collection costs"},
		"DutchConsumer": {"--country NL --kind consumer --amount 300 --consumer-pack --notice-end 2026-06-22", "total  EUR 45.00\n"},
		"BelgianConsumer": {
			"--country BE --kind consumer --amount 300 --consumer-pack --notice-end 2026-06-22 --clause-accepted 2026-01-05",
			"0.00    150.00  fixed    30.00\n150.00  150.00  10.00 %  15.00\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, line(t, "law costs --due 2026-05-31 --until 2026-08-15 "+tt.args), tt.want)
		})
	}
	t.Run("JSON", func(t *testing.T) {
		t.Parallel()
		var out costsAnswer
		require.NoError(t, json.Unmarshal([]byte(line(t,
			"law costs --country BE --kind business --amount 100 --amount 150 --due 2026-05-31 --until 2026-08-15 --json")), &out))
		require.Equal(t, "EUR 80.00", out.FixedSum.Total.String())
		require.Equal(t, law.ReasonProofNeeded, out.CollectionCosts.Reason)
	})
}

func TestLawRates(t *testing.T) {
	t.Parallel()
	dutch := line(t, "law rates --country NL")
	require.Contains(t, dutch, "NL_6_119a  2026-07-01              10.40 %  derived   art. 6:120(2) BW: ECB rate and 8 points\n")
	require.NotContains(t, dutch, "BE_2002")
	require.Contains(t, dutch, "rate table "+law.Shipped().Version())
	require.Contains(t, line(t, "law rates"), "ECB_MRO")
	_, err := run(t, "", "law", "rates", "--country", "GB")
	require.ErrorContains(t, err, "no rates")

	file := filepath.Join(t.TempDir(), "rates.csv")
	require.NoError(t, os.WriteFile(file, []byte("regime,valid_from,valid_until,rate,status,source\nNL_6_119a,2027-01-01,,10.65,official,Staatscourant\n"), 0o600))
	require.Contains(t, line(t, "law rates --country NL --rates "+file), "10.65 %")
	require.NotContains(t, line(t,
		"law interest --country NL --kind business --amount 100 --due 2026-05-31 --until 2027-02-15 --rates "+file), "warning")
	require.NoError(t, os.WriteFile(file, []byte("regime,valid_from,valid_until,rate,status,source\nNL,2027-01-01,,99,official,x\n"), 0o600))
	_, err = run(t, "", "law", "rates", "--rates", file, "--country", "1")
	for _, place := range []string{"line 2: regime", "line 2: rate", "--country"} {
		require.ErrorContains(t, err, place)
	}
}

func TestEveryBadFlagIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := run(t, "", strings.Fields(`law interest --country N --kind firm --amount 1,0 --currency EURO --due x --until y
		--received z --notice-end 2026-02-30 --payment 3 --payment a=b --day-count 30 --rate 1e3 --rates /nowhere`)...)
	for _, flag := range []string{
		"--country", "--kind", "--amount", "--currency", "--due", "--until", "--received", "--notice-end",
		"--payment: write DAY=AMOUNT", "--payment: not a date", "--payment: amount", "--day-count", "--rate:", "--rates:",
	} {
		require.ErrorContains(t, err, flag)
	}
	_, err = run(t, "", "law", "interest", "--compound")
	for _, flag := range []string{"--country", "--kind", "--amount", "--due", "--until", "--compound"} {
		require.ErrorContains(t, err, flag)
	}
	_, err = run(t, "", "law", "costs", "--amount", "-1", "--vat", "x", "--clause-accepted", "y")
	for _, flag := range []string{"--country", "--kind", "--amount: write an amount above zero", "--due", "--until", "--vat", "--clause-accepted"} {
		require.ErrorContains(t, err, flag)
	}
	_, err = run(t, "", "law", "costs", "--vat-stated")
	for _, flag := range []string{"--amount", "--vat:"} {
		require.ErrorContains(t, err, flag)
	}
}

// The examples of the help texts work, and what they print is what they promise.
func TestExamplesOfTheHelp(t *testing.T) {
	t.Parallel()
	ran := 0
	for _, name := range []string{"interest", "costs"} {
		cmd, _, err := root().Find([]string{"law", name})
		require.NoError(t, err)
		for example := range strings.Lines(cmd.Example) {
			if args, found := strings.CutPrefix(strings.TrimSpace(example), "maan "); found {
				require.NotContains(t, line(t, args), "why    receipt")
				ran++
			}
		}
	}
	require.Equal(t, 7, ran)
}
