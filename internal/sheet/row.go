package sheet

import (
	"fmt"
	"strings"

	"maan/internal/calendar"
	"maan/internal/money"
)

// Row is one row of a file. Its getters return the zero value for an empty cell, and
// note a fault for a cell that does not say what its column is for.
type Row struct {
	Line   int // physical line on which it begins
	Faults []Fault
	Notes  []Note
	table  *Table
	cells  []string
	broken bool
}

// row makes a row of a record. A record with fewer cells than the header, or with text
// behind the last column, has shifted cells: none of them can be relied on.
func (t *Table) row(rec record) *Row {
	r := &Row{Line: rec.line, table: t, cells: rec.cells}
	if rec.fault == nil && (len(rec.cells) < len(t.header) || strings.Join(rec.cells[len(t.header):], "") != "") {
		rec.fault = &Fault{
			Line: rec.line, Code: CodeRagged, Message: fmt.Sprintf("the row has %d cells and the header %d", len(rec.cells), len(t.header)),
			Mend: "give the row one cell for each column, and put cells that hold the delimiter in quotes",
		}
	}
	if rec.fault != nil {
		r.broken, r.Faults = true, []Fault{*rec.fault}
	}
	return r
}

// Broken reports whether the row could not be cut into cells: it has one fault that
// says why, and its cells mean nothing.
func (r *Row) Broken() bool { return r.broken }

// Bad reports whether the row has faults.
func (r *Row) Bad() bool { return len(r.Faults) > 0 }

// Fail notes a fault in the field's column.
func (r *Row) Fail(field string, code Code, message, mend string) {
	r.Faults = append(r.Faults, r.place(field).fault(code, message, mend))
}

// Note notes something that is no fault.
func (r *Row) Note(code Code, message string) {
	r.Notes = append(r.Notes, Note{Line: r.Line, Code: code, Message: message})
}

func (r *Row) place(field string) place {
	return place{r.Line, r.table.columns[field].name, field}
}

// Text is the cell without white space around it, else the field's default. The
// apostrophe by which [Neutral] marks a text is taken off again.
func (r *Row) Text(field string) string {
	if c, found := r.table.columns[field]; found && !r.broken {
		text := strings.TrimSpace(r.cells[c.index])
		if rest, marked := strings.CutPrefix(text, "'"); marked && Neutral(rest) == text {
			text = rest
		}
		if text != "" {
			return text
		}
	}
	return r.table.defaults[field]
}

// Need is Text, and a fault where that is empty.
func (r *Row) Need(field string) string {
	text := r.Text(field)
	if text == "" {
		r.Fail(field, CodeMissing, "the cell is empty, or there is no such column", "it is required here")
	}
	return text
}

// Date reads a cell as a date of the file's format.
func (r *Row) Date(field string) calendar.Date {
	text := r.Text(field)
	if text == "" {
		return calendar.Date{}
	}
	d, ok := r.table.dates.Parse(text)
	if ok {
		return d
	}
	mend := "write an existing day as " + string(r.table.dates)
	for _, f := range dateFormats {
		if _, ok := f.Parse(text); ok {
			r.Fail(field, CodeMixedDates, "the date has another form than the dates of the file as a whole", mend)
			return calendar.Date{}
		}
	}
	r.Fail(field, CodeInvalidDate, "this is not a date, or not a day that exists", mend+", the year with four digits and no time of day")
	return calendar.Date{}
}

// Amount reads a cell as an amount in a currency. ok is false for an empty cell and for
// one with a fault. Zeros behind the currency's own decimals are fine (12.5000).
func (r *Row) Amount(field string, currency money.Currency) (a money.Amount, ok bool) {
	text := r.Text(field)
	minorDigits, known := currency.Digits()
	if text == "" || !known {
		return money.Amount{}, false
	}
	plain, ok := r.table.decimals.Parse(text)
	if !ok {
		r.notAmount(field, text)
		return money.Amount{}, false
	}
	if whole, fraction, dotted := strings.Cut(plain, "."); dotted && len(fraction) > minorDigits {
		plain = strings.TrimSuffix(whole+"."+fraction[:minorDigits]+strings.TrimRight(fraction[minorDigits:], "0"), ".")
	}
	a, err := money.Parse(plain, string(currency))
	if err != nil {
		r.Fail(field, CodeInvalidAmount, err.Error(), "correct the amount or its currency")
	}
	return a, err == nil
}

func (r *Row) notAmount(field, text string) {
	for _, style := range []DecimalStyle{DecimalComma, DecimalDot} {
		if _, ok := style.Parse(text); ok {
			r.Fail(field, CodeMixedDecimals, "the amount is written otherwise than the amounts of the file as a whole",
				"write it with a decimal "+string(r.table.decimals))
			return
		}
	}
	r.Fail(field, CodeInvalidAmount, "this is not an amount", "write digits with at most one decimal "+string(r.table.decimals)+", without a currency sign")
}

// truths are the words of yes and no, in the languages of the headers.
var truths = map[string]bool{
	"1": true, "true": true, "yes": true, "y": true, "ja": true, "j": true, "oui": true, "o": true, "wahr": true, "waar": true, "vrai": true, "x": true,
	"0": false, "false": false, "no": false, "n": false, "nee": false, "nein": false, "non": false, "falsch": false, "onwaar": false, "faux": false,
}

// Bool reads a cell as yes or no. given is false for an empty cell and for one with a
// fault.
func (r *Row) Bool(field string) (value, given bool) {
	text := r.Text(field)
	if text == "" {
		return false, false
	}
	value, given = truths[Normal(text)]
	if !given {
		r.Fail(field, CodeInvalidBool, "this is neither yes nor no", "write yes or no")
	}
	return value, given
}
