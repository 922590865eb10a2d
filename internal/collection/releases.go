package collection

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/store"
)

// Why a line was not released. Part of answers: never rename.
const (
	MismatchChanged    = "changed"     // the amount, a date, the policy or an address is not what was looked at
	MismatchNotListed  = "not_listed"  // nothing of the invoice waits for a release that day
	MismatchRemoved    = "removed"     // a person took it out of the day's batch
	MismatchWindowOver = "window_over" // the day's hours at the customer are over: it waits for tomorrow
)

// ReleaseBatch frees a day's messages of a creditor in approve mode: the lines that a person
// looked at. What is not named, and what was taken out, waits for the next day's list.
type ReleaseBatch struct {
	Creditor string
	Day      calendar.Date
	Lines    map[uuid.UUID]string // invoice -> version of the line, as it was listed
	Exclude  map[uuid.UUID]string // invoice -> reason, a code
}

// Released is what a release did.
type Released struct {
	ID         uuid.UUID
	Released   int // steps that may go now
	Already    int // that were released before
	Excluded   int
	Mismatches []Mismatch
}

// Mismatch is a line that was not released, and why: a code of this list or the reason that
// keeps the step silent.
type Mismatch struct {
	InvoiceID uuid.UUID
	Code      string
}

// Release frees the lines of a batch that are as they were listed, and wakes their cases. A
// line that changed since, or must be silent, is reported and stays. The same batch again
// frees nothing twice, and goes on where one that died left off.
func (s *Service) Release(ctx context.Context, scope store.Scope, now time.Time, actor Actor, b ReleaseBatch) (Released, error) {
	done := Released{ID: store.NewID()}
	if !scope.Covers(b.Creditor) {
		return done, store.ErrNotFound
	}
	if b.Day.IsZero() || b.Day.Before(calendar.DateOf(now).AddDays(-1)) || b.Day.After(calendar.DateOf(now).AddDays(1)) {
		return done, Refuse(Invalid, "day", "invalid_date", "a batch is released on its day: give today's date")
	}
	for id := range b.Exclude {
		if _, both := b.Lines[id]; both {
			return done, Refuse(Invalid, "exclude", "named_twice", "an invoice is either released or left out, not both")
		}
	}
	lines, err := s.store.ReleaseLines(ctx, b.Creditor, b.Day)
	if err != nil {
		return done, err
	}
	before, err := s.store.ReleasedOn(ctx, b.Creditor, b.Day)
	if err != nil {
		return done, err
	}
	if err := s.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertRelease(ctx, done.ID, b.Creditor, b.Day, string(actor), now)
	}); err != nil {
		return done, err
	}
	r := releasing{service: s, scope: scope, now: now, actor: actor, batch: b, done: &done, before: before, lines: map[uuid.UUID]*store.ReleaseLine{}}
	for i := range lines {
		r.lines[lines[i].InvoiceID] = &lines[i]
	}
	for _, id := range sortedIDs(b.Exclude) {
		if err := r.exclude(ctx, id, b.Exclude[id]); err != nil {
			return done, err
		}
	}
	for _, id := range sortedIDs(b.Lines) {
		if err := r.line(ctx, id, b.Lines[id]); err != nil {
			return done, err
		}
	}
	return done, nil
}

func sortedIDs(m map[uuid.UUID]string) []uuid.UUID {
	return slices.SortedFunc(maps.Keys(m), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
}

// releasing is a batch that is being released, each line in a transaction of its own.
type releasing struct {
	service *Service
	scope   store.Scope
	now     time.Time
	actor   Actor
	batch   ReleaseBatch
	lines   map[uuid.UUID]*store.ReleaseLine
	before  map[uuid.UUID]bool
	done    *Released
}

func (r *releasing) mismatch(id uuid.UUID, code string) {
	r.done.Mismatches = append(r.done.Mismatches, Mismatch{InvoiceID: id, Code: code})
}

func (r *releasing) line(ctx context.Context, id uuid.UUID, version string) error {
	line := r.lines[id]
	switch {
	case line == nil && r.before[id]: // and sent since
		r.done.Already++
		return nil
	case line == nil:
		r.mismatch(id, MismatchNotListed)
		return nil
	case line.Removed != "":
		r.mismatch(id, MismatchRemoved)
		return nil
	case line.Silent != "":
		r.mismatch(id, string(line.Silent))
		return nil
	case line.Version != version:
		r.mismatch(id, MismatchChanged)
		return nil
	case line.Released:
		r.done.Already++
		return nil
	}
	code := ""
	_, err := r.service.change(ctx, id, r.scope, r.now, r.actor, func(ctx context.Context, f *caseFile) (Done, error) {
		var err error
		code, err = f.release(ctx, r.done.ID, store.ReleaseItem{InvoiceID: id, Step: line.Step, Occurrence: line.Occurrence, Day: r.batch.Day}, version)
		return Done{Existed: code != ""}, err
	})
	switch {
	case err != nil:
		return err
	case code != "":
		r.mismatch(id, code)
	default:
		r.done.Released++
	}
	return nil
}

// release frees a step for a day, under the case's lock; the code says why it does not.
func (f *caseFile) release(ctx context.Context, id uuid.UUID, item store.ReleaseItem, version string) (code string, err error) {
	row := f.step(item.Step)
	step, known := f.Policy.Step(item.Step)
	if row == nil || !known || !row.State.Open() || row.Occurrence != item.Occurrence || f.Invoice.ClosedOutcome != nil {
		return MismatchNotListed, nil
	}
	if next := f.place.NextWindow(step, f.now, f.spread()); f.place.Date(next).After(item.Day) {
		return MismatchWindowOver, nil
	}
	same, err := f.tx.InsertReleaseItem(ctx, id, item, version)
	if err != nil {
		return "", err
	}
	if !same {
		return MismatchChanged, nil
	}
	f.event("released", map[string]any{"release_id": id.String(), "step": string(item.Step), "version": version})
	f.unwait(dunning.ReasonNotReleased)
	f.tell(MessageReleased, false)
	return "", nil
}

// exclude takes an invoice out of the day's batch. Its step waits for the next day's list; a
// hold keeps it back for longer.
func (r *releasing) exclude(ctx context.Context, id uuid.UUID, reason string) error {
	line := r.lines[id]
	if line == nil || line.Released {
		r.mismatch(id, MismatchNotListed)
		return nil
	}
	_, err := r.service.change(ctx, id, r.scope, r.now, r.actor, func(ctx context.Context, f *caseFile) (Done, error) {
		f.dirty = false
		f.event("release_excluded", map[string]any{"release_id": r.done.ID.String(), "step": string(line.Step), "reason": reason})
		return Done{}, f.tx.InsertReleaseExclusion(ctx, r.done.ID, id, reason)
	})
	if err == nil {
		r.done.Excluded++
	}
	return err
}

// noteUnreleased keeps that the step waits for its release, so that the next day's list can
// say what is new and what is gone.
func (a *acting) noteUnreleased() {
	if a.step.WritesToCustomer() {
		a.write(store.NoteUnreleased(a.Creditor.ID, store.ReleaseItem{
			InvoiceID: a.Invoice.ID, Step: a.act.Step, Occurrence: a.row.Occurrence, Day: a.today(),
		}))
	}
}
