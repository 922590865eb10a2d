package erp_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// bookkeeping is an ERP in small: what is open in it, from night to night.
type bookkeeping struct {
	amount, open map[string]int64
	due          map[string]string
	credit       map[string]int64
	numbers      int
}

// live lets a day pass: invoices come, are paid in part or in full, and come back.
func (b *bookkeeping) live(r *rapid.T) {
	for range rapid.IntRange(0, 2).Draw(r, "new invoices") {
		b.numbers++
		number := fmt.Sprintf("F-%02d", b.numbers)
		b.amount[number] = rapid.Int64Range(1, 500_00).Draw(r, "amount")
		b.open[number] = rapid.Int64Range(1, b.amount[number]).Draw(r, "open")
		b.due[number] = "2026-06-30"
	}
	for n := range b.numbers {
		number := fmt.Sprintf("F-%02d", n+1)
		switch rapid.SampledFrom([]string{"stay", "stay", "pay", "change", "move"}).Draw(r, "what of "+number) {
		case "pay":
			b.open[number] = 0
		case "change":
			b.open[number] = rapid.Int64Range(0, b.amount[number]).Draw(r, "open")
		case "move":
			b.due[number] = rapid.SampledFrom([]string{"2026-06-15", "2026-06-30", "2026-07-31"}).Draw(r, "due")
		}
	}
	for _, reference := range []string{"P-1", "P-2", "N-1"} {
		b.credit[reference] = rapid.SampledFrom([]int64{0, 0, 1, 500, 12345}).Draw(r, reference)
	}
}

func (b *bookkeeping) rows() (rows []string, open, credit int64) {
	rows = []string{customerRow("C-0", ""), customerRow("C-1", "")}
	euros := func(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }
	for n := range b.numbers {
		number := fmt.Sprintf("F-%02d", n+1)
		if b.open[number] > 0 {
			rows = append(rows, invoiceRow(fmt.Sprintf("C-%d", n%2), number, b.due[number], euros(b.amount[number]), euros(b.open[number])))
			open += b.open[number]
		}
	}
	for _, reference := range []string{"P-1", "P-2", "N-1"} {
		kind := "cash"
		if reference == "N-1" {
			kind = "credit_note"
		}
		if b.credit[reference] > 0 {
			rows = append(rows, creditRow(kind, "C-1", reference, "-"+euros(b.credit[reference])))
			credit += b.credit[reference]
		}
	}
	return rows, open, credit
}

// However the nights go, what is open here is what is open in the books.
func TestOpenItems_AfterEveryNightTheTotalsAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(r *rapid.T) {
		w.exec(`do $$ declare t text; begin
			perform set_config('session_replication_role', 'replica', true);
			for t in select tablename from pg_tables where schemaname = 'public' and tablename not in ('creditor', 'policy_version', 'goose_db_version') loop
				execute 'delete from ' || quote_ident(t);
			end loop;
			update creditor set payments_known_until = null;
		end $$`)
		books := &bookkeeping{amount: map[string]int64{}, open: map[string]int64{}, due: map[string]string{}, credit: map[string]int64{}}
		for night := range rapid.IntRange(1, 4).Draw(r, "nights") {
			books.live(r)
			rows, open, credit := books.rows()
			got := w.night(day("2026-06-01").AddDays(night).String(), rows...)
			require.Equal(r, "done", got.Status, "%v", got.texts)
			require.Empty(r, got.faults, "%v", got.texts)
			require.Equal(r, open, read[int64](w, `select coalesce(sum(open_minor), 0)::bigint from invoice`))
			require.Equal(r, credit, read[int64](w, `select coalesce(-sum(amount_minor), 0)::bigint from ledger_entry where invoice_id is null`))
		}
		w.intact()
	})
}
