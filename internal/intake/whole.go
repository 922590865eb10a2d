package intake

import (
	"fmt"
	"maps"
	"slices"

	"maan/internal/money"
	"maan/internal/sheet"
)

// tally is what a file says of itself, and what it holds.
type tally struct {
	rows     int // all but total and end
	unread   int // rows about money, or about nobody knows what, that have faults
	badTotal int // total and end rows that have faults
	behind   int // line of the first row behind the end; 0: none
	overflow bool
	end      bool
	rowCount *int // as the end row has it
	declared map[money.Currency]declared
	found    map[money.Currency]*sum
}

// declared is what a total row says.
type declared struct {
	count *int
	sum   money.Amount
}

// sum is what the rows of a currency come to.
type sum struct {
	count int
	net   money.Amount
}

func newTally() *tally {
	return &tally{declared: map[money.Currency]declared{}, found: map[money.Currency]*sum{}}
}

// count counts a row after it was read.
func (t *tally) count(kind rowType, r *sheet.Row) {
	if t.end && kind != rowEnd && t.behind == 0 {
		t.behind = r.Line
	}
	switch kind {
	case rowEnd:
		t.end = true
	case rowTotal:
	default:
		t.rows++
	}
	if !r.Bad() {
		return
	}
	switch kind {
	case rowCustomer, rowContact: // closes nothing
	case rowTotal, rowEnd:
		t.badTotal++
	default:
		t.unread++
	}
}

// add adds a good row; the amount is negative for what the creditor owes.
func (t *tally) add(open money.Amount) {
	s := t.found[open.Currency]
	if s == nil {
		s = &sum{net: money.New(0, open.Currency)}
		t.found[open.Currency] = s
	}
	s.count++
	net, err := s.net.Add(open)
	if err != nil {
		t.overflow = true
		return
	}
	s.net = net
}

// declare reads a total or end row.
func (t *tally) declare(r *sheet.Row, kind rowType) {
	count, counted := wholeNumber(r, "count")
	field := "open_amount"
	if r.Text(field) == "" {
		field = "amount"
	}
	if kind == rowEnd {
		if t.end {
			r.Fail("type", CodeNotWhole, "the end stands twice", "put files together without their end rows, or send them one by one")
		}
		if counted {
			t.rowCount = &count
		}
		if r.Text(field) == "" {
			return
		}
		counted = false // it counts all rows, not those of a currency
	}
	r.Need(field)
	sum, ok := r.Amount(field, currency(r))
	if _, twice := t.declared[sum.Currency]; twice && ok {
		r.Fail("currency", CodeNotWhole, "the total of this currency stands twice", "give one total for each currency")
	}
	if r.Bad() {
		return
	}
	d := declared{sum: sum}
	if counted {
		d.count = &count
	}
	t.declared[sum.Currency] = d
}

// whole tells every reason why the file that was read is not known to be whole.
func (in *snapshotReader) whole(s *Source) {
	t := in.tally
	why := func(format string, args ...any) { in.incomplete(s.Name, fmt.Sprintf(format, args...)) }
	if t.unread > 0 {
		why("%d rows about open items, or of no known type, could not be read: an item that is missing for that must not look paid", t.unread)
	}
	if t.badTotal > 0 {
		why("%d total or end rows could not be read", t.badTotal)
	}
	if t.behind > 0 {
		why("rows follow behind the end, first on line %d", t.behind)
	}
	if t.overflow {
		why("the amounts are too large to be added up")
	}
	if t.rowCount != nil && *t.rowCount != t.rows {
		why("the end row counts %d rows, and the file has %d", *t.rowCount, t.rows)
	}
	if s.ExpectRows != nil && *s.ExpectRows != t.rows {
		why("%d rows were expected, and the file has %d", *s.ExpectRows, t.rows)
	}
	for _, line := range t.differences() {
		why("%s", line)
	}
	if !t.end && s.ExpectRows == nil && !t.allCounted() {
		why("nothing says that the file is whole: it has no end row, no expected number of rows, and no totals with counts for all currencies")
	}
}

// differences compares the totals with the rows. With rows that could not be read they
// differ anyway.
func (t *tally) differences() []string {
	var lines []string
	if t.unread > 0 {
		return nil
	}
	for _, c := range slices.Sorted(maps.Keys(t.declared)) {
		said, found := t.declared[c], t.found[c]
		if found == nil {
			found = &sum{net: money.New(0, c)}
		}
		if said.sum != found.net {
			lines = append(lines, fmt.Sprintf("the total says %s, and the rows come to %s", said.sum, found.net))
		}
		if said.count != nil && *said.count != found.count {
			lines = append(lines, fmt.Sprintf("the total of %s counts %d rows, and the file has %d", c, *said.count, found.count))
		}
	}
	return lines
}

// allCounted reports whether every currency of the file has a total with a count.
func (t *tally) allCounted() bool {
	for c := range t.found {
		if t.declared[c].count == nil {
			return false
		}
	}
	return len(t.found) > 0
}

func (in *snapshotReader) incomplete(source, why string) {
	if source != "" {
		why = source + ": " + why
	}
	in.out.Why = append(in.out.Why, why)
}
