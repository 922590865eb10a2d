package demo

import (
	"slices"
	"strings"
	"time"
)

// Snapshot is the play at a moment.
type Snapshot struct {
	Now  time.Time // the world's
	Rows []Row
}

// Row is one invoice, in words for people.
type Row struct {
	Number  string
	Title   string // how it is to end
	Where   string // the customer's country and language
	Stage   string
	Next    string // the step that comes next and its day, or what is waited for
	Last    string // what happened last
	Outcome string // empty while it is open
}

func (p *Play) snapshot() Snapshot {
	s := Snapshot{Now: p.world.Clock.Now()}
	for _, f := range p.cases {
		s.Rows = append(s.Rows, f.row())
	}
	return s
}

func (f *performance) row() Row {
	r := Row{
		Number: f.Number, Title: f.title, Where: f.customer.Country + " " + f.customer.Language[:2], Stage: plain(f.listed.Stage), Last: f.last(),
		Outcome: plain(f.listed.Outcome),
	}
	switch {
	case r.Outcome != "":
		r.Stage = "closed"
	case f.ended():
		r.Outcome = f.end.outcome
	case len(f.listed.Paused) > 0:
		r.Next = "paused: " + plain(strings.Join(f.listed.Paused, ", "))
	case f.listed.NextStep != "":
		r.Next = f.label(f.listed.NextStep)
		if f.listed.NextAt != nil {
			r.Next += " " + f.listed.NextAt.In(f.customer.zone).Format("2 Jan")
		}
	}
	return r
}

// label is a step in business words.
func (f *performance) label(id string) string {
	if s := f.step(id); s.Label != "" {
		return s.Label
	}
	return plain(id)
}

// last is the newest line of the history that tells a reader something.
func (f *performance) last() string {
	for _, e := range slices.Backward(f.history) {
		if words := f.words(e); words != "" {
			return words
		}
	}
	return ""
}

// words put a line of the history in words; empty for what only matters to an auditor.
func (f *performance) words(e event) string {
	text := func(key string) string { s, _ := e.Data[key].(string); return plain(s) }
	stepText := func() string { s, _ := e.Data["step"].(string); return f.label(s) }
	switch e.Kind {
	case "invoice_received":
		return "received"
	case "step_done":
		return stepText() + " done"
	case "step_skipped":
		return stepText() + " left out"
	case "step_failed":
		return stepText() + " failed: " + text("reason")
	case "step_waits":
		return stepText() + " waits: " + text("reason")
	case "step_reopened":
		return stepText() + " once more"
	case "dispute_opened":
		return "disputed: " + text("reason")
	case "dispute_resolved":
		return "dispute " + text("resolution")
	case "promised":
		return "promised for " + text("on")
	case "promise_kept", "promise_broken", "recalled":
		return plain(e.Kind)
	case "handed_off":
		return "handed to the agency"
	case "task_closed":
		return text("kind") + ": " + text("outcome")
	case "closed":
		return text("outcome")
	default:
		return ""
	}
}

func plain(code string) string { return strings.ReplaceAll(code, "_", " ") }
