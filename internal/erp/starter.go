package erp

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"maan/internal/collection"
	"maan/internal/imports"
	"maan/internal/intake"
	"maan/internal/store"
)

const (
	perTransaction = 200  // invoices of one transaction: one more round trip costs little, one more lock a lot
	atOnce         = 4    // transactions at a time
	perChunk       = 2000 // rows that are read before any is written
)

// arrival is an invoice of a file that is to be started.
type arrival struct {
	at       place
	customer string // its number; empty: the invoice knows its customer
	invoice  collection.NewInvoice
}

// starter starts the invoices of an import.
type starter struct {
	cases  *collection.Service
	job    *imports.Job
	coming map[string]*store.Customer // in a dry run: what would have been created
	begun  map[string]bool            // in a dry run: numbers that would have been started
}

func newStarter(cases *collection.Service, j *imports.Job) *starter {
	return &starter{cases: cases, job: j, coming: map[string]*store.Customer{}, begun: map[string]bool{}}
}

// debtors creates and completes customers, and answers them by number.
func (s *starter) debtors(ctx context.Context, list []collection.Debtor, overwrite bool) (map[string]*collection.PutDebtor, error) {
	j := s.job
	put := map[string]*collection.PutDebtor{}
	for some := range slices.Chunk(list, perChunk) {
		answer, err := s.cases.PutDebtors(ctx, store.Everything, j.Now, j.Actor, collection.Debtors{
			Creditor: j.Upload.CreditorID, List: some, Overwrite: overwrite, DryRun: j.Upload.DryRun,
		})
		if err != nil {
			return nil, err
		}
		maps.Copy(put, answer)
	}
	for number, p := range put {
		known := s.coming[number]
		switch {
		case known != nil:
			p.Customer, p.Created = known, false
		case p.Created:
			j.Count("customers_created", 1)
			if j.Upload.DryRun {
				s.coming[number] = p.Customer
			}
		case p.Changed:
			j.Count("customers_updated", 1)
		}
		if p.Contacts > 0 {
			j.Count("contacts_changed", p.Contacts)
		}
	}
	return put, nil
}

// start starts invoices whose customers are known, those of one customer in one
// transaction, and answers what became of each in their order.
func (s *starter) start(ctx context.Context, list []arrival) ([]collection.Started, error) {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := list[a].invoice.CustomerID, list[b].invoice.CustomerID
		return bytes.Compare(x[:], y[:])
	})
	answers := make([]collection.Started, len(list))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, batch := range batches(list, order) {
		g.Go(func() error {
			b := collection.Bulk{
				Creditor: s.job.Upload.CreditorID, DryRun: s.job.Upload.DryRun, Coming: s.byID(), Invoices: make([]collection.NewInvoice, len(batch)),
			}
			for i, index := range batch {
				b.Invoices[i] = list[index].invoice
			}
			started, err := s.cases.StartInvoices(ctx, store.Everything, s.job.Now, s.job.Actor, b)
			for i := range started {
				answers[batch[i]] = started[i]
			}
			return err
		})
	}
	err := g.Wait()
	return answers, err
}

func (s *starter) byID() map[uuid.UUID]*store.Customer {
	coming := make(map[uuid.UUID]*store.Customer, len(s.coming))
	for _, c := range s.coming {
		coming[c.ID] = c
	}
	return coming
}

// batches cuts the order into transactions, between customers where that is possible: two
// of them at once seldom wait for one another then.
func batches(list []arrival, order []int) [][]int {
	var cut [][]int
	from := 0
	for i := 1; i <= len(order); i++ {
		switch size := i - from; {
		case i == len(order):
		case size < perTransaction:
			continue
		case size < 2*perTransaction && list[order[i]].invoice.CustomerID == list[order[i-1]].invoice.CustomerID:
			continue
		}
		cut = append(cut, order[from:i])
		from = i
	}
	return cut
}

// tell counts what became of an invoice, and reports whether it is new.
func (s *starter) tell(at place, n *collection.NewInvoice, a collection.Started) bool {
	switch {
	case ruled(s.job, at, a.Err):
		s.job.Count("refused", 1)
		return false
	case a.Done.Existed || s.begun[n.Number]:
		s.job.Count("existed", 1)
		return false
	}
	if s.job.Upload.DryRun {
		s.begun[n.Number] = true
	}
	s.job.Count("started", 1)
	if n.PaidMinor > 0 {
		s.job.Count("partly_paid", 1)
	}
	if n.QuietUntil != nil {
		s.job.Count("quiet", 1)
	}
	return true
}

// debtorOf is what a file says of a customer, as package collection takes it.
func debtorOf(c *intake.Customer) collection.Debtor {
	d := collection.Debtor{Number: c.Number, LegalName: c.LegalName, Kind: c.Kind, Country: c.Country, Language: c.Language}
	if c.Contact != nil {
		d.Contacts = []store.Contact{contactOf(c.Contact)}
	}
	return d
}

func contactOf(c *intake.Contact) store.Contact {
	return store.Contact{Role: c.Role, Name: c.Name, Email: c.Email, Phone: c.Phone, Mobile: c.Mobile, MobileBilling: c.MobileBilling}
}
