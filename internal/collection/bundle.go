package collection

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/store"
)

// A message that presses for payment speaks for every invoice of the customer that is due for
// one: the step whose act sends it takes along its mates. Each mate is judged by its own facts
// under the locks of the same transaction, so what is paid, disputed or held is never in it.
//
// Bundled are the messages of the ladder alone. The invoice itself and its copy answer
// something else, and mails to colleagues and agencies go to somebody else. No letter of the
// ladder has to go alone: consumers, to whom the law wants some letters sent by themselves
// (the Dutch 14-day letter, the free first reminder of Belgium), have no ladder, and for
// collection costs the law of the Netherlands even wants one letter (see shareCosts).

// mates opens the steps that go along with the step's messages, in lock order.
func (a *acting) mates(ctx context.Context) ([]*acting, error) {
	if !a.Policy.Bundles(a.step) {
		return nil, nil
	}
	due, err := a.tx.DueMessages(ctx, a.Customer.ID, a.Invoice.ID, a.today())
	if err != nil {
		return nil, err
	}
	var mates []*acting
	for _, key := range due {
		m, err := a.openMate(ctx, key)
		if err != nil {
			return nil, err
		}
		if m != nil && m.goesAlong(a) {
			mates = append(mates, m)
		}
	}
	return mates, nil
}

// openMate locks the case of another invoice of the customer, whose step is then judged; nil:
// the step is not what is due there.
func (a *acting) openMate(ctx context.Context, key store.StepKey) (*acting, error) {
	f, err := a.service.open(ctx, a.tx, key.InvoiceID, a.now, ActorSystem)
	if err != nil {
		return nil, err
	}
	if p := f.Promise; p != nil && p.HoldsUntil.Before(f.today()) { // what its own claim would do first
		if err := f.breakPromise(ctx); err != nil {
			return nil, err
		}
		if _, err := f.save(); err != nil {
			return nil, err
		}
		if f, err = a.service.open(ctx, a.tx, key.InvoiceID, a.now, ActorSystem); err != nil {
			return nil, err
		}
	}
	f.dirty = false
	row := f.step(key.Step)
	step, known := f.Policy.Step(key.Step)
	if row == nil || !known || row.LocalDate == nil || row.LocalDate.After(f.today()) {
		return nil, nil //nolint:nilnil // see above
	}
	m := &acting{caseFile: f, step: step, row: row, act: dunning.Act{
		InvoiceID: f.Invoice.ID.String(), RunNo: f.Invoice.CurrentRun, Step: key.Step, Occurrence: row.Occurrence,
	}}
	return m, m.readSituation(ctx)
}

// goesAlong reports whether the step may be done now, together with another's: by its own
// facts and its own policy, to the same recipients, and only if nothing of it is under way or
// certain.
func (a *acting) goesAlong(leader *acting) bool {
	for _, m := range a.sit.Messages {
		if m.Result().Status != "unsent" {
			return false
		}
	}
	reached := false
	for _, c := range a.step.Channels {
		to, ok := a.recipient(c)
		if !ok {
			continue
		}
		if same, ok := leader.recipient(c); !ok || same.address != to.address {
			return false
		}
		reached = true
	}
	return reached && a.Policy.Bundles(a.step) && a.verdict().Answer == dunning.AnswerGo
}

// messagesOf are the messages of some fates.
func messagesOf(fates []Fate) []uuid.UUID {
	ids := make([]uuid.UUID, len(fates))
	for i, f := range fates {
		ids[i] = f.MessageID
	}
	return ids
}

// speaksFor reports whether a message is about an invoice.
func speaksFor(items []store.MessageItem, message, invoice uuid.UUID) bool {
	return slices.ContainsFunc(items, func(i store.MessageItem) bool { return i.MessageID == message && i.InvoiceID == invoice })
}

// isCopy reports whether a message speaks for no step, as a colleague's copy does.
func isCopy(items []store.MessageItem, message uuid.UUID) bool {
	return !slices.ContainsFunc(items, func(i store.MessageItem) bool { return i.MessageID == message })
}

// fatesFor are the fates of the messages about an invoice.
func fatesFor(items []store.MessageItem, invoice uuid.UUID, fates []Fate) []Fate {
	var about []Fate
	for _, f := range fates {
		if speaksFor(items, f.MessageID, invoice) {
			about = append(about, f)
		}
	}
	return about
}

// stepsOf are the steps of some items, each once, in lock order.
func stepsOf(items []store.MessageItem) []store.MessageItem {
	return slices.CompactFunc(slices.SortedStableFunc(slices.Values(items), func(a, b store.MessageItem) int {
		return bytes.Compare(a.InvoiceID[:], b.InvoiceID[:])
	}), func(a, b store.MessageItem) bool {
		return a.InvoiceID == b.InvoiceID && a.Step == b.Step && a.Occurrence == b.Occurrence
	})
}
