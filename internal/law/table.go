package law

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the shipped rates
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"maan/internal/calendar"
)

//go:embed rates.csv
var shippedRates []byte

// Table is a set of dated rates. It never changes and is safe for concurrent
// use; With makes a new one.
type Table struct {
	rows    map[Regime][]Row // by day
	version string
}

// Shipped is the table that comes with the product. It ends with the second
// half of 2026: later rows are for an administrator to add.
var Shipped = sync.OnceValue(func() *Table { //nolint:gochecknoglobals // a function, read once
	rows, err := ParseRows(bytes.NewReader(shippedRates))
	if err != nil {
		panic("the shipped rates: " + err.Error()) // a test reads them
	}
	return newTable(rows)
})

func newTable(rows []Row) *Table {
	slices.SortFunc(rows, Row.compare)
	t := &Table{rows: map[Regime][]Row{}}
	hash := sha256.New()
	for _, r := range rows {
		t.rows[r.Regime] = append(t.rows[r.Regime], r)
		fmt.Fprintf(hash, "%s,%s,%s,%d,%s,%q\n", r.Regime, r.ValidFrom, r.ValidUntil, r.Rate, r.Status, r.Source)
	}
	t.version = hex.EncodeToString(hash.Sum(nil))
	return t
}

// With returns the table with more rows. A row of the same regime and day
// replaces the one that was there, which is how a derived rate becomes an
// official one. The error names every fault, with the number of the row.
func (t *Table) With(extra ...Row) (*Table, error) {
	if len(extra) == 0 {
		return t, nil
	}
	var faults []error
	seen := map[Row]int{}
	for i, r := range extra {
		if err := r.check(); err != nil {
			faults = append(faults, inRow(i+1, err))
		}
		key := Row{Regime: r.Regime, ValidFrom: r.ValidFrom}
		if first, twice := seen[key]; twice {
			faults = append(faults, fmt.Errorf("row %d: row %d has the same regime and valid_from", i+1, first))
			continue
		}
		seen[key] = i + 1
	}
	rows := slices.Clone(extra)
	for _, r := range t.Rows() {
		if _, replaced := seen[Row{Regime: r.Regime, ValidFrom: r.ValidFrom}]; !replaced {
			rows = append(rows, r)
		}
	}
	if len(rows) > maxRows {
		faults = append(faults, fmt.Errorf("%d rows: a table has at most %d", len(rows), maxRows))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return newTable(rows), nil
}

// inRow puts the number of the row before each of its faults.
func inRow(number int, err error) error {
	return fmt.Errorf("row %d: %s", number, strings.ReplaceAll(err.Error(), "\n", fmt.Sprintf("\nrow %d: ", number)))
}

// Version identifies the content of the table: hex SHA-256. The order in which
// rows were added makes no difference.
func (t *Table) Version() string { return t.version }

// Rows returns all rows, by regime and day.
func (t *Table) Rows() []Row {
	var all []Row
	for _, rows := range t.rows {
		all = append(all, rows...)
	}
	slices.SortFunc(all, Row.compare)
	return all
}

// RowsFor returns the rows that matter in a country, by regime and day: its own
// regimes, or the directive's where it is a euro country without any.
func (t *Table) RowsFor(country string) []Row {
	var own, general []Row
	for _, r := range t.Rows() {
		switch {
		case strings.HasPrefix(string(r.Regime), country+"_"):
			own = append(own, r)
		case r.Regime == EUDirective:
			general = append(general, r)
		}
	}
	if len(own) == 0 && euroArea[country] {
		return general
	}
	return own
}

// RateOn returns the rate in force on a day. known is false where no row covers
// the day; the rate then is that of the last row before it, or 0.
func (t *Table) RateOn(regime Regime, day calendar.Date) (rate Rate, known bool) {
	rows := t.rows[regime]
	i := lastFrom(rows, day)
	if i < 0 {
		return 0, false
	}
	return rows[i].Rate, !day.After(rows[i].knownUntil())
}

// lastFrom is the index of the row in force on a day, -1 where there is none.
func lastFrom(rows []Row, day calendar.Date) int {
	i, found := slices.BinarySearchFunc(rows, day, func(r Row, d calendar.Date) int { return r.ValidFrom.Compare(d) })
	if !found {
		i--
	}
	return i
}

// span is a stretch of days with one rate, up to the next span.
type span struct {
	from calendar.Date
	rate Rate
}

// spans cuts the days from first to last by the rates of a regime. It is empty
// where no rate is known; days before the first row are left out.
func (t *Table) spans(regime Regime, first, last calendar.Date) ([]span, []Warning) {
	rows := t.rows[regime]
	at := lastFrom(rows, first)
	var warnings []Warning
	if at < 0 {
		if len(rows) == 0 {
			return nil, nil
		}
		at, first = 0, rows[0].ValidFrom
		warnings = append(warnings, warn(WarnRateUnknownBefore, first))
	}
	var spans []span
	for i := at; i < len(rows) && !rows[i].ValidFrom.After(last); i++ {
		end := last
		if i+1 < len(rows) && !rows[i+1].ValidFrom.After(last) {
			end = rows[i+1].ValidFrom.AddDays(-1)
		}
		if known := rows[i].knownUntil(); known.Before(end) {
			warnings = append(warnings, warn(WarnRateUnknownAfter, known))
		}
		spans = append(spans, span{from: later(first, rows[i].ValidFrom), rate: rows[i].Rate})
	}
	return joined(spans), warnings
}

// joined drops the spans that go on with the rate before them, and those that
// another one of the same day replaces.
func joined(spans []span) []span {
	var out []span
	for i, s := range spans {
		if i+1 < len(spans) && spans[i+1].from == s.from {
			continue
		}
		if n := len(out); n > 0 && out[n-1].rate == s.rate {
			continue
		}
		out = append(out, s)
	}
	return out
}

func later(a, b calendar.Date) calendar.Date {
	if a.Before(b) {
		return b
	}
	return a
}
