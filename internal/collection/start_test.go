package collection_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

// startAll starts invoices together.
func (w *world) startAll(invoices ...collection.NewInvoice) []collection.Started {
	w.t.Helper()
	started, err := w.StartInvoices(w.t.Context(), store.Everything, w.now, anna, collection.Bulk{Creditor: creditorID, Invoices: invoices})
	require.NoError(w.t, err)
	require.Len(w.t, started, len(invoices))
	return started
}

// facts is all that was written about an invoice, but for ids, hashes and the wall clock.
func (w *world) facts(number string) string {
	return read[string](w, `select jsonb_build_object(
		'invoice', (select to_jsonb(i) - array['id', 'number', 'event_hash', 'content_hash', 'customer_id'] from invoice i where number = $1),
		'runs', (select jsonb_agg(to_jsonb(r) - array['invoice_id', 'workflow_id']) from collection_run r join invoice i on i.id = r.invoice_id where number = $1),
		'ledger', (select jsonb_agg(to_jsonb(l) - array['id', 'invoice_id', 'receipt_id', 'recorded_at', 'customer_id'] order by l.seq) from ledger_entry l join invoice i on i.id = l.invoice_id where number = $1),
		'steps', (select jsonb_agg(to_jsonb(p) - array['invoice_id', 'at', 'local_date'] order by p.position) from plan_step p join invoice i on i.id = p.invoice_id where number = $1),
		'events', (select jsonb_agg(jsonb_build_object('kind', e.kind, 'seq', e.seq) order by e.seq) from case_event e join invoice i on i.id = e.invoice_id where number = $1),
		'deliveries', (select count(*) from delivery d join invoice i on i.id = d.invoice_id where number = $1),
		'documents', (select jsonb_agg(d.sha256) from document d join invoice i on i.id = d.invoice_id where number = $1),
		'holds', (select jsonb_agg(jsonb_build_object('reason', h.reason, 'until', h.until_day)) from hold h join invoice i on i.id = h.invoice_id where number = $1),
		'messages', (select jsonb_agg(jsonb_build_object('name', m.name, 'seq', m.facts_seq)) from workflow_message m join invoice i on i.id = m.invoice_id where number = $1)
	)::text`, number)
}

func TestStartInvoices_WritesTheSameFactsAsOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second, _ := w.newCustomer("C-2")
	kinds := []func(*collection.NewInvoice){
		func(*collection.NewInvoice) {},
		func(n *collection.NewInvoice) { n.CustomerID = second },
		func(n *collection.NewInvoice) { n.Deliveries = []collection.NewDelivery{{On: issued, Last: true}} },
		func(n *collection.NewInvoice) {
			n.Documents = []collection.NewDocument{{Kind: "invoice_ubl", ContentType: "application/xml", Content: []byte("<x/>")}}
		},
		func(n *collection.NewInvoice) { n.PaidMinor = 21000 },
		func(n *collection.NewInvoice) { n.PaidMinor = 120000 }, // a small rest
		func(n *collection.NewInvoice) { n.QuietUntil = datePtr("2026-07-15") },
		func(n *collection.NewInvoice) { n.Blocked = "factored" },
		func(n *collection.NewInvoice) { n.AlreadySent = &collection.SentElsewhere{Channel: "erp", On: issued} },
	}
	var many []collection.NewInvoice
	for i, k := range kinds {
		many = append(many, w.invoice(fmt.Sprintf("many-%d", i), k))
	}
	for _, s := range w.startAll(many...) {
		require.NoError(t, s.Err)
	}
	for i, k := range kinds {
		w.start(w.invoice(fmt.Sprintf("one-%d", i), k))
		one := w.facts(fmt.Sprintf("one-%d", i))
		require.JSONEq(t, strings.ReplaceAll(one, "one-", "many-"), w.facts(fmt.Sprintf("many-%d", i)))
	}
	w.intact()
}

func TestStartInvoices_TellsOfEachAndTheOthersGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(w.invoice("known"))
	w.start(w.invoice("taken"))
	invoices := []collection.NewInvoice{
		w.invoice("good-1"), w.invoice("known"), w.invoice("taken", func(n *collection.NewInvoice) { n.Amount = eur(1) }), w.invoice("good-2"),
		w.invoice("stranger", func(n *collection.NewInvoice) { n.CustomerID = uuid.New() }), w.invoice("free", func(n *collection.NewInvoice) { n.Amount = eur(0) }),
		w.invoice("good-1"), w.invoice("good-2", func(n *collection.NewInvoice) { n.Amount = eur(1) }),
		w.invoice("unknown policy", func(n *collection.NewInvoice) { n.Policy = "nobody" }), w.invoice("paid", func(n *collection.NewInvoice) { n.PaidMinor = 121000 }),
	}
	want := []string{"started", "existed", "number_taken", "started", "unknown_customer", "not_positive", "existed", "number_taken", "unknown_policy", "not_open"}
	require.Equal(t, want, fates(w.startAll(invoices...)))
	want[0], want[3] = "existed", "existed"
	require.Equal(t, want, fates(w.startAll(invoices...)))
	require.Equal(t, []string{"good-1", "good-2", "known", "taken"}, w.column(`select number from invoice order by number`))
	w.intact()
}

func TestStartInvoices_GoesOneByOneWhereOneCannotBeStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	invoices := []collection.NewInvoice{
		w.invoice("a"), w.invoice("b", func(n *collection.NewInvoice) { n.PurchaseOrder = "zero \x00" }), w.invoice("c"), w.invoice("d"),
	}
	require.Equal(t, []string{"started", "not_storable", "started", "started"}, fates(w.startAll(invoices...)))
	w.intact()
}

func TestStartInvoices_DryRunWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	coming := &store.Customer{ID: store.NewID(), CreditorID: creditorID, Kind: "business", Country: "NL"}
	b := collection.Bulk{
		Creditor: creditorID, DryRun: true, Coming: map[uuid.UUID]*store.Customer{coming.ID: coming},
		Invoices: []collection.NewInvoice{w.invoice("a"), w.invoice("b", func(n *collection.NewInvoice) { n.CustomerID = coming.ID })},
	}
	started, err := w.StartInvoices(t.Context(), store.Everything, w.now, anna, b)
	require.NoError(t, err)
	require.Equal(t, []string{"started", "started"}, fates(started))
	require.Zero(t, read[int](w, `select count(*) from invoice`))
}

func TestStartInvoices_AtOnceStartsEachOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second, _ := w.newCustomer("C-2")
	var invoices []collection.NewInvoice
	for i := range 40 {
		invoices = append(invoices, w.invoice(fmt.Sprintf("n-%d", i), func(n *collection.NewInvoice) {
			if i%2 == 0 {
				n.CustomerID = second
			}
		}))
	}
	var g errgroup.Group
	for range 4 {
		g.Go(func() error {
			_, err := w.StartInvoices(t.Context(), store.Everything, w.now, anna, collection.Bulk{Creditor: creditorID, Invoices: invoices})
			return err
		})
	}
	require.NoError(t, g.Wait())
	require.Equal(t, 40, read[int](w, `select count(*) from invoice`))
	require.Equal(t, 40, read[int](w, `select count(*) from workflow_message`))
	w.intact()
}

func TestOpeningBalance_IsAPaymentOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin(func(n *collection.NewInvoice) { n.PaidMinor = 21000 })
	require.Equal(t, int64(100000), c.state().OpenMinor)
	require.Equal(t, "opening-balance:2026-001", read[string](w, `select external_id from receipt`))
	require.Equal(t, dunning.ReasonPaid, c.pay("p-1", 100000).Closed)
	w.intact()
}

func TestQuietPeriod_HoldsUntilItsDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = amsterdam("2026-08-03 08:30") // a month after due: the ladder would begin at once
	c := w.begin(func(n *collection.NewInvoice) { n.QuietUntil = datePtr("2026-08-21") })
	require.Equal(t, "2026-08-24", c.current().LocalDate.String())
}

// TestStartInvoices_InBulk prints how fast it is: five thousand invoices of five hundred
// customers, two hundred to a transaction, four at once.
func TestStartInvoices_InBulk(t *testing.T) {
	w := newWorld(t)
	const all, each = 5000, 200
	var customers []uuid.UUID
	for i := range 500 {
		id, _ := w.newCustomer(fmt.Sprintf("B-%d", i))
		customers = append(customers, id)
	}
	var invoices []collection.NewInvoice
	for i := range all {
		invoices = append(invoices, w.invoice(fmt.Sprintf("bulk-%d", i), func(n *collection.NewInvoice) { n.CustomerID = customers[i/10] }))
	}
	begin := time.Now()
	var g errgroup.Group
	g.SetLimit(4)
	for i := 0; i < all; i += each {
		g.Go(func() error {
			_, err := w.StartInvoices(t.Context(), store.Everything, w.now, anna, collection.Bulk{Creditor: creditorID, Invoices: invoices[i : i+each]})
			return err
		})
	}
	require.NoError(t, g.Wait())
	took := time.Since(begin)
	t.Logf("%d invoices started in %s: %.0f a second", all, took.Round(time.Millisecond), all/took.Seconds())
	require.Equal(t, all, read[int](w, `select count(*) from workflow_message`))
	w.intact()
}

// fates says in a word what became of each invoice.
func fates(started []collection.Started) []string {
	var words []string
	for _, s := range started {
		r, refused := collection.AsRefusal(s.Err)
		switch {
		case refused:
			words = append(words, r.Faults[0].Code)
		case s.Done.Existed:
			words = append(words, "existed")
		default:
			words = append(words, "started")
		}
	}
	return words
}
