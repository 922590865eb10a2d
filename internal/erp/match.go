package erp

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"maan/internal/collection"
	"maan/internal/intake"
	"maan/internal/money"
	"maan/internal/store"
)

// perRound is how many cases are matched between two reports of progress.
const perRound = 500

// matchKnown makes the invoices that are known what the list says, and closes those that
// have left it.
func (n *night) matchKnown(ctx context.Context) error {
	for some := range slices.Chunk(n.plan.known, perRound) {
		answers, err := together(ctx, some, func(ctx context.Context, m match) (collection.MatchedItem, error) {
			item := collection.OpenItem{AsOf: n.list.AsOf, OpenMinor: m.item.Open.Minor, DryRun: n.job.Upload.DryRun}
			item.Amendment.DueDate = &m.item.DueDate
			if m.item.PurchaseOrder != "" {
				item.Amendment.PurchaseOrder = &m.item.PurchaseOrder
			}
			return n.cases.MatchOpenItem(ctx, store.Everything, n.job.Now, n.job.Actor, m.booked.ID, item)
		})
		if err != nil {
			return err
		}
		for i, a := range answers {
			n.matched(placeOf(some[i].item.Place), some[i].booked.Currency, a)
		}
		n.progress(len(some))
	}
	for some := range slices.Chunk(n.plan.gone, perRound) {
		answers, err := together(ctx, some, func(ctx context.Context, b store.BookedInvoice) (collection.MatchedItem, error) {
			item := collection.OpenItem{AsOf: n.list.AsOf, DryRun: n.job.Upload.DryRun}
			return n.cases.MatchOpenItem(ctx, store.Everything, n.job.Now, n.job.Actor, b.ID, item)
		})
		if err != nil {
			return err
		}
		for i, a := range answers {
			if a.err == nil && a.value.Lowered > 0 {
				n.job.Count("settled", 1)
			}
			n.change(some[i].Currency).open -= a.value.Lowered
			ruled(n.job, place{}, a.err)
		}
		n.progress(len(some))
	}
	return nil
}

// matched counts what became of an invoice of the list.
func (n *night) matched(at place, c money.Currency, a answer[collection.MatchedItem]) {
	if ruled(n.job, at, a.err) {
		n.job.Count("refused", 1)
		return
	}
	m := a.value
	for code, happened := range map[string]bool{
		"amended": m.Amended, "lowered": m.Lowered > 0, "raised": m.Raised > 0, "reopened": m.Reopened, "paid_since": m.Known > 0,
		"unchanged": !m.Amended && m.Lowered == 0 && m.Raised == 0,
	} {
		if happened {
			n.job.Count(code, 1)
		}
	}
	n.change(c).open += m.Raised - m.Lowered
	n.change(c).since += m.Known
}

// answer is what came of one of many: a value, or a refusal.
type answer[V any] struct {
	value V
	err   error
}

// together does one thing with each of a list, some at a time. The error is the first that
// is no refusal.
func together[T, V any](ctx context.Context, list []T, do func(context.Context, T) (V, error)) ([]answer[V], error) {
	answers := make([]answer[V], len(list))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, item := range list {
		g.Go(func() error {
			value, err := do(ctx, item)
			if _, refused := collection.AsRefusal(err); err != nil && !refused {
				return err
			}
			answers[i] = answer[V]{value: value, err: err}
			return nil
		})
	}
	err := g.Wait()
	return answers, err
}

// listedCredit is a credit note or cash of the list.
type listedCredit struct {
	kind string
	item *intake.OpenCredit
}

func (n *night) credits() []listedCredit {
	list := make([]listedCredit, 0, len(n.list.CreditNotes)+len(n.list.Cash))
	for i := range n.list.CreditNotes {
		list = append(list, listedCredit{collection.EntryCreditNote, &n.list.CreditNotes[i]})
	}
	for i := range n.list.Cash {
		list = append(list, listedCredit{collection.EntryPayment, &n.list.Cash[i]})
	}
	return list
}

// credit makes the customers' credit what the list says.
func (n *night) credit(ctx context.Context, put map[string]*collection.PutDebtor) error {
	books := map[string][]collection.CreditItem{}
	ids := map[string]*store.Customer{}
	for _, c := range n.credits() {
		p := put[c.item.CustomerNumber]
		if p.Customer == nil {
			n.unknown(placeOf(c.item.Place))
			continue
		}
		ids[c.item.CustomerNumber] = p.Customer
		books[c.item.CustomerNumber] = append(books[c.item.CustomerNumber], collection.CreditItem{
			Kind: c.kind, Number: c.item.Number, Open: c.item.Open, On: c.item.Date,
		})
	}
	if n.list.Complete {
		if err := n.creditGone(ctx, ids); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(ids)), perRound) {
		answers, err := together(ctx, some, func(ctx context.Context, number string) (map[money.Currency]int64, error) {
			b := collection.BooksCredit{AsOf: n.list.AsOf, Items: books[number], Adds: !n.list.Complete, DryRun: n.job.Upload.DryRun}
			if n.coming[number] != nil {
				return sumOf(b.Items), nil
			}
			return n.cases.MatchCredit(ctx, store.Everything, n.job.Now, n.job.Actor, ids[number].ID, b)
		})
		if err != nil {
			return err
		}
		for _, a := range answers {
			if len(a.value) > 0 {
				n.job.Count("credit_changed", 1)
			}
			for c, minor := range a.value {
				n.change(c).credit += minor
			}
		}
		n.progress(len(some))
	}
	return nil
}

// creditGone adds the customers that have credit here and none on the list.
func (n *night) creditGone(ctx context.Context, ids map[string]*store.Customer) error {
	numbers, err := n.cases.Store().CustomersWithCredit(ctx, n.creditor.ID)
	if err != nil {
		return err
	}
	var missing []string
	for _, number := range numbers {
		if ids[number] == nil {
			missing = append(missing, number)
		}
	}
	known, _, err := n.cases.Store().CustomersByNumber(ctx, n.creditor.ID, missing)
	maps.Copy(ids, known)
	return err
}

func sumOf(items []collection.CreditItem) map[money.Currency]int64 {
	sum := map[money.Currency]int64{}
	for _, i := range items {
		sum[i.Open.Currency] += i.Open.Minor
	}
	return sum
}
