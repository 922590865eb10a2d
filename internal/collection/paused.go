package collection

import (
	"slices"

	"maan/internal/dunning"
	"maan/internal/store"
)

// pauseChanging are lines of a history that change what pauses the case.
var pauseChanging = []string{
	"dispute_opened", "dispute_resolved", "hold_placed", "hold_released", "do_not_chase", "promised", "promise_kept", "promise_broken",
}

// runBeginning are lines after which an open case may be paused from its first day.
var runBeginning = []string{"invoice_received", "reopened"}

// notePauses adds to the history what pauses the case now, where this change may have
// altered it, so that others can follow without knowing what pauses what. A closed case
// is not paused. The creditor's stop switch pauses no single case and is left out.
func (f *caseFile) notePauses() {
	wrote := func(kinds []string) bool {
		return slices.ContainsFunc(f.change.Events, func(e store.CaseEvent) bool { return slices.Contains(kinds, e.Kind) })
	}
	altered := wrote(pauseChanging)
	if f.Invoice.ClosedOutcome != nil || (!altered && !wrote(runBeginning)) {
		return
	}
	if pauses := f.pauses(); len(pauses) > 0 {
		f.event("paused", map[string]any{"pauses": pauses})
	} else if altered {
		f.event("resumed", nil)
	}
}

// pauses lists what pauses the case: a reason, its own reason where that is a code, and
// the last day of what ends by itself.
func (f *caseFile) pauses() []map[string]any {
	var list []map[string]any
	if f.Dispute != nil {
		list = append(list, map[string]any{"reason": string(dunning.ReasonDisputed), "why": f.Dispute.Reason})
	}
	if f.doNotChase() {
		list = append(list, map[string]any{"reason": string(dunning.ReasonDoNotChase)})
	}
	for _, h := range f.Holds {
		pause := map[string]any{"reason": string(dunning.ReasonHeld), "why": h.Reason}
		if h.UntilDay != nil {
			if h.UntilDay.Before(f.today()) { // over, and nobody had to release it
				continue
			}
			pause["until"] = h.UntilDay.String()
		}
		list = append(list, pause)
	}
	if f.Promise != nil && !f.Promise.HoldsUntil.Before(f.today()) {
		list = append(list, map[string]any{"reason": string(dunning.ReasonPromisePending), "until": f.Promise.HoldsUntil.String()})
	}
	return list
}
