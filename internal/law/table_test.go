package law_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/law"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"10.40": "10.40", "8": "8.00", "-0.88": "-0.88", "6.5": "6.50", "6.125": "6.125", "0.0001": "0.0001", "0": "0.00",
	} {
		got, err := law.ParseRate(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got.String())
	}
	for _, text := range []string{"", "-", ".5", "5.", "1,5", "1e2", "+1", "1000", "1.00001", "--1", "1.-5", "10 ", "١"} {
		_, err := law.ParseRate(text)
		require.ErrorContains(t, err, "write a percentage", text)
	}
}

// The published rates as the sources have them.
func TestShippedRates(t *testing.T) {
	t.Parallel()
	columns := []law.Regime{
		law.ECBRefinance, law.NLTrade, law.BETrade, law.FRTrade, law.DEBase, law.DETrade, law.DEConsumer, law.NLConsumer,
	}
	for _, line := range []string{
		"2016-07-01 0.00 8.00 8.00 10.00 -0.88 8.12 4.12 2.00",
		"2022-12-31 0.00 8.00 8.00 10.00 -0.88 8.12 4.12 2.00",
		"2023-01-01 2.50 10.50 10.50 12.50 1.62 10.62 6.62 4.00",
		"2023-07-01 4.00 12.00 12.00 14.00 3.12 12.12 8.12 6.00",
		"2024-01-01 4.50 12.50 12.50 14.50 3.62 12.62 8.62 7.00",
		"2024-07-01 4.25 12.25 12.50 14.25 3.37 12.37 8.37 7.00",
		"2025-01-01 3.15 11.15 11.50 13.15 2.27 11.27 7.27 6.00",
		"2025-07-01 2.15 10.15 10.50 12.15 1.27 10.27 6.27 6.00",
		"2026-01-01 2.15 10.15 10.50 12.15 1.27 10.27 6.27 4.00",
		"2026-07-01 2.40 10.40 10.50 12.40 1.52 10.52 6.52 4.00",
		"2026-12-31 2.40 10.40 10.50 12.40 1.52 10.52 6.52 4.00",
	} {
		fields := strings.Fields(line)
		for i, want := range fields[1:] {
			got, known := law.Shipped().RateOn(columns[i], date(fields[0]))
			require.True(t, known, "%s %s", columns[i], fields[0])
			require.Equal(t, want, got.String(), "%s %s", columns[i], fields[0])
		}
	}
	for day, want := range map[string]string{
		"2013-03-16": "8.75", "2013-07-01": "8.50", "2014-01-01": "8.25", "2014-07-01": "8.15", "2015-01-01": "8.05", "2016-06-30": "8.05",
	} {
		got, known := law.Shipped().RateOn(law.NLTrade, date(day))
		require.True(t, known)
		require.Equal(t, want, got.String(), day)
	}
	for day, want := range map[string]string{"2024-01-01": "15.21", "2025-07-01": "8.28", "2026-01-01": "7.86"} {
		legal, known := law.Shipped().RateOn(law.FRLegal, date(day))
		require.True(t, known)
		require.Equal(t, want, law.FrenchFloor(legal).String(), day)
	}
	belgian, known := law.Shipped().RateOn(law.BETrade, date("2015-03-01"))
	require.True(t, known)
	require.Equal(t, "8.50", belgian.String())
	_, known = law.Shipped().RateOn(law.FRLegal, date("2026-07-01"))
	require.False(t, known, "the legal rate of the second half of 2026 was not found")
	_, known = law.Shipped().RateOn(law.NLTrade, date("2013-03-15"))
	require.False(t, known)
}

// The rules by which the law derives the rate of a half-year. mro is the rate of the ECB's
// main refinancing operations that was in force on its first day, 1 January or 1 July (in
// the Netherlands: of the last operation before it).
func TestShippedRatesFollowTheRules(t *testing.T) {
	t.Parallel()
	table := law.Shipped()
	var lastBase, lastMRO law.Rate
	derived, checked := 0, map[law.Regime]int{}
	for _, row := range table.Rows() {
		mro, _ := table.RateOn(law.ECBRefinance, row.ValidFrom)
		base, _ := table.RateOn(law.DEBase, row.ValidFrom)
		want := row.Rate
		switch row.Regime {
		case law.NLTrade: // art. 6:120(2) BW
			want = mro + rate("8")
		case law.EUDirective: // Directive 2011/7/EU, art. 2(6)
			want = mro + rate("8")
		case law.BETrade:
			want = belgianTrade(mro)
		case law.FRTrade: // Code de commerce, art. L441-10, where the contract names none
			want = mro + rate("10")
		case law.DETrade: // § 288(2) BGB
			want = base + rate("9")
		case law.DEConsumer: // § 288(1) BGB
			want = base + rate("5")
		case law.DEBase:
			if checked[law.DEBase] > 0 {
				want = germanBase(lastBase, lastMRO, mro)
			}
			lastBase, lastMRO = row.Rate, mro
		case law.ECBRefinance:
			nl, _ := table.RateOn(law.NLTrade, row.ValidFrom)
			want = nl - rate("8")
		default:
			require.Equal(t, law.Official, row.Status, "no rule derives %s", row.Regime)
			continue
		}
		checked[row.Regime]++
		require.Equal(t, want, row.Rate, "%s %s", row.Regime, row.ValidFrom)
		if row.Status == law.Derived {
			derived++
		}
	}
	require.Len(t, checked, 8)
	require.Positive(t, derived)
}

// belgianTrade is the rate of the law of 2 August 2002, art. 5: mro and 8 points, rounded up
// to the half point.
func belgianTrade(mro law.Rate) law.Rate {
	half, sum := rate("0.5"), mro+rate("8")
	if over := ((sum % half) + half) % half; over > 0 {
		sum += half - over
	}
	return sum
}

// germanBase is the Basiszinssatz of § 247 BGB after a change of the mro: it moves by as
// many points.
func germanBase(old, oldMRO, newMRO law.Rate) law.Rate { return old + newMRO - oldMRO }

func TestRules(t *testing.T) {
	t.Parallel()
	for mro, want := range map[string]string{"0.05": "8.50", "0.00": "8.00", "0.50": "8.50", "0.51": "9.00", "4.25": "12.50", "2.40": "10.50", "-0.10": "8.00"} {
		require.Equal(t, want, belgianTrade(rate(mro)).String(), mro)
	}
	require.Equal(t, "1.52", germanBase(rate("1.27"), rate("2.15"), rate("2.40")).String())
}

func newRow(regime law.Regime, from, percentage string) law.Row {
	return law.Row{Regime: regime, ValidFrom: date(from), Rate: rate(percentage), Status: law.Official, Source: "Staatscourant"}
}

func TestWith(t *testing.T) {
	t.Parallel()
	shipped := law.Shipped()
	t.Run("LaterRowsWin", func(t *testing.T) {
		t.Parallel()
		table, err := shipped.With(newRow(law.NLTrade, "2027-01-01", "10.65"))
		require.NoError(t, err)
		got, known := table.RateOn(law.NLTrade, date("2027-03-01"))
		require.True(t, known)
		require.Equal(t, "10.65", got.String())
		got, _ = table.RateOn(law.NLTrade, date("2026-12-31"))
		require.Equal(t, "10.40", got.String())
		_, known = shipped.RateOn(law.NLTrade, date("2027-03-01"))
		require.False(t, known, "the shipped table did not change")
	})
	t.Run("AnOfficialRowReplacesADerivedOne", func(t *testing.T) {
		t.Parallel()
		table, err := shipped.With(newRow(law.NLTrade, "2026-07-01", "10.45"))
		require.NoError(t, err)
		require.Len(t, table.Rows(), len(shipped.Rows()))
		got, _ := table.RateOn(law.NLTrade, date("2026-07-01"))
		require.Equal(t, "10.45", got.String())
	})
	t.Run("VersionIsThatOfTheContent", func(t *testing.T) {
		t.Parallel()
		first, second := newRow(law.NLTrade, "2027-01-01", "10.65"), newRow(law.BETrade, "2027-01-01", "11.00")
		a, err := shipped.With(first, second)
		require.NoError(t, err)
		b, err := shipped.With(second)
		require.NoError(t, err)
		b, err = b.With(first)
		require.NoError(t, err)
		require.Equal(t, a.Version(), b.Version())
		require.NotEqual(t, shipped.Version(), a.Version())
		require.Regexp(t, "^[0-9a-f]{64}$", a.Version())
		same, err := shipped.With(shipped.Rows()...)
		require.NoError(t, err)
		require.Equal(t, shipped.Version(), same.Version())
	})
	t.Run("EveryFaultIsNamed", func(t *testing.T) {
		t.Parallel()
		bad := law.Row{Regime: "NL_6_119b", ValidFrom: date("1900-01-01"), ValidUntil: date("1899-01-01"), Rate: rate("31"), Status: "sure", Source: " "}
		backwards := newRow(law.NLTrade, "2027-01-01", "10.65")
		backwards.ValidUntil = date("2026-12-31")
		long := newRow(law.NLTrade, "2027-07-01", "-1")
		long.ValidUntil = date("2050-01-01")
		good := newRow(law.BETrade, "2027-01-01", "10.50")
		_, err := shipped.With(bad, backwards, long, good, good)
		for _, text := range []string{
			"row 1: regime", "row 1: valid_from", "row 1: valid_until", "row 1: rate", "row 1: status", "row 1: source",
			"row 2: valid_until: the day lies before", "row 3: valid_until: the day lies more than", "row 3: rate: -1.00",
			"row 5: row 4 has the same",
		} {
			require.ErrorContains(t, err, text)
		}
		_, err = shipped.With(newRow(law.ECBRefinance, "2027-01-01", "-0.50"))
		require.NoError(t, err, "the rate of the ECB may be negative")
		_, err = shipped.With(make([]law.Row, 3000)...)
		require.ErrorContains(t, err, "at most 2000")
	})
}

func TestParseRows(t *testing.T) {
	t.Parallel()
	const head = "regime,valid_from,valid_until,rate,status,source\n"
	rows, err := law.ParseRows(strings.NewReader("\ufeff" + head + "NL_6_119a,2027-01-01,2027-06-30,10.65,official,\"Stcrt. 2026, 1\"\r\n"))
	require.NoError(t, err)
	require.Equal(t, []law.Row{{
		Regime: law.NLTrade, ValidFrom: date("2027-01-01"), ValidUntil: date("2027-06-30"), Rate: rate("10.65"),
		Status: law.Official, Source: "Stcrt. 2026, 1",
	}}, rows)

	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"Empty":        {"", []string{"line 1: write the columns"}},
		"OtherColumns": {"regime,rate\n", []string{"line 1: write the columns regime,valid_from"}},
		"EveryLine": {head + "NL_6_119a,2027-13-01,soon,10.6.5,official,x\nNL,2027-01-01,,10.65,sure,x\nNL_6_119a,2027\n", []string{
			"line 2: valid_from", "line 2: valid_until", "line 2: rate", "line 3: regime", "line 3: status", "line 4: 2 values",
		}},
		"OpenQuote": {head + "NL,2027-01-01,,10.65,sure,x\nNL_6_119a,2027-01-01,,10.65,official,\"x\n", []string{"line 2: regime", "line 3:"}},
		"TooLong":   {head + strings.Repeat("x", 1<<20), []string{"longer than"}},
		"TooMany":   {head + strings.Repeat("NL_6_119a,2027-01-01,,10.65,official,x\n", 2001), []string{"more than 2000 rows"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, err := law.ParseRows(strings.NewReader(tt.text))
			for _, want := range tt.want {
				require.ErrorContains(t, err, want)
			}
			if name == "TooLong" || name == "TooMany" {
				require.Nil(t, rows)
			}
		})
	}
}

func FuzzParseRows(f *testing.F) {
	shipped, err := os.ReadFile("rates.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shipped)
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := law.ParseRows(bytes.NewReader(text))
		if err != nil {
			return
		}
		slices.SortFunc(rows, func(a, b law.Row) int { return a.ValidFrom.Compare(b.ValidFrom) })
		table, err := law.Shipped().With(rows...)
		if err != nil {
			require.ErrorContains(t, err, "has the same regime")
			return
		}
		for _, r := range rows {
			got, known := table.RateOn(r.Regime, r.ValidFrom)
			require.True(t, known)
			require.Equal(t, r.Rate, got)
		}
	})
}

func TestRowsFor(t *testing.T) {
	t.Parallel()
	for country, want := range map[string][]law.Regime{
		"NL": {law.NLConsumer, law.NLTrade}, "DE": {law.DEBase, law.DEConsumer, law.DETrade}, "FR": {law.FRTrade, law.FRLegal},
		"BE": {law.BETrade}, "AT": {law.EUDirective}, "GB": nil,
	} {
		var got []law.Regime
		for _, r := range law.Shipped().RowsFor(country) {
			if !slices.Contains(got, r.Regime) {
				got = append(got, r.Regime)
			}
		}
		require.ElementsMatch(t, want, got, country)
	}
}
