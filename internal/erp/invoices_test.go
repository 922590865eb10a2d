package erp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/imports"
)

const header = "customer_number,name,kind,country,email,invoice_number,issue_date,due_date,amount,currency,open_amount,sending,sent_channel,sent_on\n"

// rows makes good rows, of ten invoices a customer.
func rows(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "C-%d,Buyer BV,business,NL,pay%d@buyer.example,F-%d,2026-05-01,2026-05-31,121.00,EUR,,already_sent,erp,2026-05-01\n", i/10, i/10, i)
	}
	return b.String()
}

func TestInvoices_BadRowsAreNamedAndTheOthersGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lines := strings.SplitAfter(rows(0, 1000), "\n")
	for i := range 100 { // each tenth row, in ten ways
		n := i * 10
		switch i % 4 {
		case 0:
			lines[n] = strings.Replace(lines[n], "121.00", "121,00,00", 1)
		case 1:
			lines[n] = strings.Replace(lines[n], "2026-05-31", "2026-02-31", 1)
		case 2:
			lines[n] = strings.Replace(lines[n], "EUR", "XYZ", 1)
		case 3:
			lines[n] = strings.Replace(lines[n], "already_sent", "perhaps", 1)
		}
	}
	content := []byte(header + strings.Join(lines, ""))
	got := w.rehearsed(imports.KindInvoices, content)
	require.Equal(t, "done", got.Status)
	require.Equal(t, map[string]int{"started": 900, "refused": 100, "customers_created": 100}, got.Result)
	require.Equal(t, 1000, got.Done)
	require.Equal(t, 1000, got.Total)
	require.Len(t, got.faults, 100)
	require.Equal(t, []string{"2  ragged", "12 due_date invalid_date", "22 currency unknown_currency", "32 sending invalid_code"}, got.faults[:4])
	require.Equal(t, 900, read[int](w, `select count(*) from workflow_message where name = 'start'`))
	require.Equal(t, 100, read[int](w, `select count(*) from contact`))
	w.intact()
}

func TestInvoices_TwiceIsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, 30, w.take(imports.KindInvoices, []byte(header+rows(0, 30))).Result["started"])
	before := w.fingerprint()
	again := w.take(imports.KindInvoices, []byte(header+rows(0, 30)+"\n")) // another file with the same content
	require.Equal(t, map[string]int{"existed": 30}, again.Result)
	require.Equal(t, before, w.fingerprint())

	other := w.take(imports.KindInvoices, []byte(header+strings.Replace(rows(0, 1), "121.00", "99.00", 1)+rows(30, 31)))
	require.Equal(t, map[string]int{"refused": 1, "started": 1, "customers_created": 1}, other.Result)
	require.Equal(t, []string{"2 number number_taken"}, other.faults)
}

func TestInvoices_KilledHalfWayGoesOnAndDoublesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	content := []byte(header + rows(0, 5000))
	u := w.keep(imports.KindInvoices, content)
	ctx, kill := context.WithCancel(t.Context())
	_, err := w.files.Run(ctx, u, w.now, func(done, _ int) {
		if done > 0 {
			kill()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	half, customers := read[int](w, `select count(*) from invoice`), read[int](w, `select count(*) from customer`)
	require.Positive(t, half)
	require.Less(t, half, 5000)

	u, err = w.files.Run(t.Context(), u, w.now, func(int, int) {})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"existed": half, "started": 5000 - half, "customers_created": 500 - customers}, u.Result)
	require.Equal(t, 5000, read[int](w, `select count(*) from invoice`))
	require.Equal(t, 500, read[int](w, `select count(*) from customer`))
	require.Equal(t, 500, read[int](w, `select count(*) from contact`))
	require.Equal(t, 5000, read[int](w, `select count(*) from workflow_message`))
	w.intact()
}

func TestInvoices_GoLiveIsQuietAndKnowsWhatWasPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := "C-1,Buyer BV,business,NL,pay@buyer.example,%s,2026-03-01,2026-03-31,1210.00,EUR,%s,already_sent,post,2026-03-01\n"
	got := w.rehearsed(imports.KindInvoices, []byte(header+fmt.Sprintf(old, "OLD-1", "")+fmt.Sprintf(old, "OLD-2", "1000.00")), "quiet_until", "2026-06-19", "as_of", "2026-05-31")
	require.Equal(t, map[string]int{"started": 2, "customers_created": 1, "partly_paid": 1, "quiet": 2}, got.Result)
	require.Equal(t, "100000", w.balance("OLD-2"))
	require.Equal(t, "opening-balance:OLD-2 2026-05-31", read[string](w, `select external_id || ' ' || value_date from receipt`))
	require.Equal(t, []string{"go_live 2026-06-19", "go_live 2026-06-19"}, w.column(`select reason || ' ' || until_day from hold`))
	require.Empty(t, w.column(`select step from plan_step where step <> 'invoice' and local_date <= '2026-06-19'`), "nothing leaves before")
	require.Equal(t, "2026-06-22", read[string](w, `select min(local_date)::text from plan_step where step = 'reminder'`))

	past := w.take(imports.KindInvoices, []byte(header+rows(0, 1)), "quiet_until", "2026-05-01")
	require.Equal(t, "refused", past.Status)
	require.Equal(t, []string{"0 options.quiet_until past"}, past.faults)
	w.intact()
}

func TestInvoices_CustomersAreCompletedNotOverwritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`insert into customer (id, creditor_id, number, legal_name, kind, language, country, created_at) values
		(gen_random_uuid(), 'acme', 'C-0', 'Known BV', 'business', 'de', 'NL', $1), (gen_random_uuid(), 'acme', 'C-1', 'Reached BV', 'business', 'nl', 'NL', $1)`, w.now)
	w.exec(`insert into contact (id, customer_id, role, email, created_at) select gen_random_uuid(), id, 'accounts_payable', 'old@buyer.example', $1 from customer where number = 'C-1'`, w.now)
	got := w.rehearsed(imports.KindInvoices, []byte(header+rows(0, 20)+"C-9,,,,,F-99,2026-05-01,2026-05-31,1.00,EUR,,already_sent,erp,2026-05-01\n"))
	require.Equal(t, map[string]int{"started": 20, "contacts_changed": 1, "refused": 1}, got.Result)
	require.Equal(t, []string{"22 customer_number unknown_customer"}, got.faults)
	require.Equal(t, []string{"Known BV de pay0@buyer.example", "Reached BV nl old@buyer.example"},
		w.column(`select legal_name || ' ' || language || ' ' || email from customer c join contact k on k.customer_id = c.id order by 1`))
}

func TestInvoices_OptionsSayHowToRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := "Kd;Name;Land;Nr;Vom;Fällig;Summe;Versendet\nK1;Käufer GmbH;DE;R-1;01/05/2026;02/06/2026;1.234;03/05/2026\n"
	mapping := `{"columns":{"customer_number":"Kd","invoice_number":"Nr","issue_date":"Vom","due_date":"Fällig","amount":"Summe","sent_on":"Versendet"},"defaults":{"kind":"business","sent_channel":"post"}}`
	got := w.take(imports.KindInvoices, []byte(text), "mapping", mapping, "currency", "EUR", "date_format", "dd/mm/yyyy", "decimals", "comma", "delimiter", "semicolon")
	require.Empty(t, got.texts)
	require.Equal(t, "123400", w.balance("R-1"))

	bad := w.take(imports.KindInvoices, []byte(text+"\n"), "mapping", "!!!", "colour", "red", "as_of", "soon")
	require.Equal(t, "refused", bad.Status)
	require.Equal(t, []string{"0 options.mapping invalid_option", "0 options.as_of invalid_option", "0 options unknown_option"}, bad.faults)
	headless := w.take(imports.KindInvoices, []byte("a,b\n1,2\n"))
	require.Equal(t, "refused", headless.Status)
	require.Contains(t, headless.faults, "0 invoice_number missing_column")
}

// How long this takes is for "make bench" to say, on a machine that does nothing else.
func TestInvoices_TenThousandInOneFile(t *testing.T) {
	w := newWorld(t)
	content := []byte(header + rows(0, 10_000))
	dry := w.take(imports.KindInvoices, content, "dry_run", "true")
	require.Equal(t, 10_000, dry.Result["started"])
	real := w.take(imports.KindInvoices, content)
	require.Equal(t, 10_000, real.Result["started"])
}
