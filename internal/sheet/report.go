package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Neutral keeps a spreadsheet from running a cell as a formula, with an apostrophe
// before it (OWASP: CSV injection).
func Neutral(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// NeutralRow does so for a whole row, in place, and returns it.
func NeutralRow(row []string) []string {
	for i := range row {
		row[i] = Neutral(row[i])
	}
	return row
}

// Report writes the faults of a file for the one who sent it: a CSV file with the
// columns line, column, code and reason before the file's own, one line for each fault.
// Mended, it can be sent in as it is: the four columns are not used, and of equal rows
// only the first counts.
//
// It has the delimiter of the file, for the sender's spreadsheet must not cut cells at
// places where nothing was neutralised. It holds what the file holds, names included:
// give it to nobody but the sender.
type Report struct {
	out io.Writer
	csv *csv.Writer
}

// NewReport returns a report that writes nothing before the first fault.
func NewReport(w io.Writer) *Report { return &Report{out: w} }

// Add writes the faults of a row; a row without faults is left out. Every row comes
// from the same file.
func (r *Report) Add(row *Row) error {
	if !row.Bad() {
		return nil
	}
	if r.csv == nil {
		if _, err := r.out.Write(bomUTF8); err != nil { // without it, Excel takes UTF-8 for something else
			return fmt.Errorf("write report: %w", err)
		}
		r.csv = csv.NewWriter(r.out)
		r.csv.Comma = rune(row.table.comma)
		if err := r.write([]string{"line", "column", "code", "reason"}, row.table.header); err != nil {
			return err
		}
	}
	for _, f := range row.Faults {
		if err := r.write([]string{strconv.Itoa(f.Line), f.Column, string(f.Code), f.Message + "; " + f.Mend}, row.cells); err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) write(first, cells []string) error {
	all := make([]string, 0, len(first)+len(cells))
	for _, c := range first {
		all = append(all, Neutral(c))
	}
	for _, c := range cells {
		all = append(all, Neutral(c))
	}
	if err := r.csv.Write(all); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// Flush writes what is buffered; call it at the end.
func (r *Report) Flush() error {
	if r.csv == nil {
		return nil
	}
	r.csv.Flush()
	if err := r.csv.Error(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
