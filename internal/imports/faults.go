package imports

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"maan/internal/sheet"
	"maan/internal/store"
)

// WriteFaults writes faults as CSV, with cells that no spreadsheet runs as a formula.
func WriteFaults(w io.Writer, faults []store.UploadFault) error {
	rows := [][]string{{"line", "field", "code", "message"}}
	for _, f := range faults {
		rows = append(rows, []string{strconv.Itoa(f.Line), sheet.Neutral(f.Field), f.Code, sheet.Neutral(f.Message)})
	}
	if err := csv.NewWriter(w).WriteAll(rows); err != nil {
		return fmt.Errorf("write faults: %w", err)
	}
	return nil
}
