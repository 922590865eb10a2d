package simulation

import (
	"encoding/csv"
	"fmt"
	"io"
	"time"

	"maan/internal/sheet"
)

// WriteCSV writes every step of every invoice: when it was asked for (or, of a step that
// never came up, planned), at the customer's clock, the answer, its reason, and the day of
// payment. With two policies the second one's columns follow, and "differs" says whether
// the step was done on other days or on one side only. Cells are safe to open in a
// spreadsheet.
func (s *Study) WriteCSV(w io.Writer) error {
	file := csv.NewWriter(w)
	header := []string{"invoice", "step", "planned_at", "answer", "reason", "paid_on"}
	if s.Against != nil {
		header = append(header, "against_planned_at", "against_answer", "against_reason", "differs")
	}
	if err := file.Write(header); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	for n, t := range s.Report.Timelines {
		var other Timeline
		if s.Against != nil {
			other = *s.Against.Timelines[n]
		}
		for _, p := range sideBySide(t, &other) {
			if err := file.Write(sheet.NeutralRow(s.cells(t.Invoice, p))); err != nil {
				return fmt.Errorf("write csv: %w", err)
			}
		}
	}
	file.Flush()
	if err := file.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

func (s *Study) cells(i Invoice, p pair) []string {
	step := p.report
	if step == nil {
		step = p.against
	}
	cells := append([]string{i.Number, string(step.Step)}, p.report.cells()...)
	cells = append(cells, i.Paid.String())
	if s.Against == nil {
		return cells
	}
	differs := "no"
	if p.differs() {
		differs = "yes"
	}
	return append(append(cells, p.against.cells()...), differs)
}

func (s *Step) cells() []string {
	if s == nil {
		return []string{"", "", ""}
	}
	return []string{s.At.Format(time.RFC3339), string(s.Answer), string(s.Reason)}
}
