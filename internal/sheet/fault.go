package sheet

import (
	"fmt"
	"strings"
)

// Code names the kind of a fault or a note, for programs.
type Code string

// Codes of faults of the file as a whole. Values are part of answers: never rename.
const (
	CodeEmptyFile         Code = "empty_file"
	CodeHeaderOnly        Code = "header_only"
	CodeNotCSV            Code = "not_csv"
	CodeTooLarge          Code = "too_large"
	CodeTooManyRows       Code = "too_many_rows"
	CodeTooManyColumns    Code = "too_many_columns"
	CodeEncoding          Code = "encoding"
	CodeCutOff            Code = "cut_off"
	CodeZeroByte          Code = "zero_byte"
	CodeOpenQuote         Code = "open_quote"
	CodeMapping           Code = "mapping"
	CodeMissingColumn     Code = "missing_column"
	CodeDuplicateColumn   Code = "duplicate_column"
	CodeUndecidedDates    Code = "undecided_dates"
	CodeUndecidedDecimals Code = "undecided_decimals"
)

// Codes of faults of a row. Values are part of answers: never rename.
const (
	CodeRagged        Code = "ragged"
	CodeQuote         Code = "quote"
	CodeCellTooLong   Code = "cell_too_long"
	CodeMissing       Code = "missing"
	CodeInvalidDate   Code = "invalid_date"
	CodeMixedDates    Code = "mixed_dates"
	CodeInvalidAmount Code = "invalid_amount"
	CodeMixedDecimals Code = "mixed_decimals"
	CodeInvalidBool   Code = "invalid_bool"
)

// Codes of notes. Values are part of answers: never rename.
const (
	NoteEncoding Code = "encoding_assumed"
	NoteUnused   Code = "columns_unused"
	NoteDates    Code = "dates_read_as"
	NoteDecimals Code = "decimals_read_as"
)

// Fault is one thing that is wrong: where, what, and how to mend it. It repeats
// nothing that the file says.
type Fault struct {
	// Line is the physical line of the file on which the row begins, from 1; 0 for
	// the file as a whole.
	Line int `json:"line"`
	// Column is the header under which the column was found, or its letters as in a
	// spreadsheet; empty for the row as a whole.
	Column  string `json:"column"`
	Field   string `json:"field"` // our name of it; empty as Column is
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Mend    string `json:"mend"`
}

// String is the fault in one line: "line 7, column Vervaldatum: ...; ...".
func (f Fault) String() string {
	var place []string
	if f.Line > 0 {
		place = append(place, fmt.Sprintf("line %d", f.Line))
	}
	switch {
	case f.Column != "":
		place = append(place, "column "+f.Column)
	case f.Field != "":
		place = append(place, f.Field)
	}
	text := f.Message + "; " + f.Mend
	if len(place) == 0 {
		return text
	}
	return strings.Join(place, ", ") + ": " + text
}

// Note is something that the sender should know and that is no fault.
type Note struct {
	Line    int    `json:"line"` // as of Fault
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// Refusal is the error of a file that cannot be read as a whole. It names every
// fault that was found.
type Refusal struct{ Faults []Fault }

// Error lists the faults.
func (r *Refusal) Error() string {
	lines := make([]string, len(r.Faults))
	for i, f := range r.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// refuse makes a refusal with one fault of the file as a whole.
func refuse(line int, code Code, message, mend string) *Refusal {
	return &Refusal{Faults: []Fault{{Line: line, Code: code, Message: message, Mend: mend}}}
}
