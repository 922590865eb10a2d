package collection

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"maan/internal/store"
)

// HistoryReport is what a check of the append-only histories found.
type HistoryReport struct {
	Cases  int
	Lines  int
	Broken []store.CaseEvent // of each broken case the first line that does not follow from the one before, or is gone
}

// VerifyHistory recomputes the hash chain of every case and looks for its last line.
func (s *Service) VerifyHistory(ctx context.Context) (HistoryReport, error) {
	var (
		r       HistoryReport
		current uuid.UUID
		seq     int
		hash    string
		broken  bool
	)
	err := s.store.EachCaseEvent(ctx, func(e store.CaseEvent) error {
		if e.InvoiceID != current {
			current, seq, hash, broken = e.InvoiceID, 0, "", false
			r.Cases++
		}
		r.Lines++
		if !broken && (e.Seq != seq+1 || e.PrevHash != hash || EventHash(e) != e.Hash) {
			broken = true
			r.Broken = append(r.Broken, e)
		}
		seq, hash = e.Seq, e.Hash
		return nil
	})
	if err != nil {
		return r, err
	}
	return r, s.findCut(ctx, &r)
}

// findCut adds the cases whose newest line is gone.
func (s *Service) findCut(ctx context.Context, r *HistoryReport) error {
	cut, err := s.store.CutHistories(ctx)
	for _, e := range cut {
		if !slices.ContainsFunc(r.Broken, func(b store.CaseEvent) bool { return b.InvoiceID == e.InvoiceID }) {
			r.Broken = append(r.Broken, e)
		}
	}
	return err
}
