package erp_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same answer on a machine without a zone database

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/dunning"
	"maan/internal/erp"
	"maan/internal/imports"
	"maan/internal/store"
)

// world is a database with one creditor, whose payments come from its ERP.
type world struct {
	t     *testing.T
	store *store.Store
	cases *collection.Service
	files *imports.Service
	now   time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	schema, err := store.SchemaHash()
	require.NoError(t, err)
	for _, id := range []string{dunning.PolicyStandard, dunning.PolicyManual} {
		source, err := dunning.Shipped(id)
		require.NoError(t, err)
		schema += dunning.ContentHash(source)
	}
	s, err := store.Open(t.Context(), pgtest.Database(t, "erp "+schema, migrate))
	require.NoError(t, err)
	t.Cleanup(s.Close)
	w := &world{t: t, store: s, cases: collection.New(s, collection.Settings{}), now: time.Date(2026, 6, 1, 20, 0, 0, 0, time.UTC)}
	w.files = imports.New(s, map[string]imports.Importer{
		imports.KindInvoices: &erp.Invoices{Cases: w.cases}, imports.KindOpenItems: &erp.OpenItems{Cases: w.cases},
	})
	w.exec(`insert into creditor (id, name, registration_number, country, zone, language, sender_name, sender_email, reply_to, phone, contact_name, mode, created_at)
		values ('acme', 'Acme BV', '12345678', 'NL', 'Europe/Amsterdam', 'nl', 'Acme', 'a@acme.example', 'a@acme.example', '1', 'A', 'automatic', $1)`, w.now)
	return w
}

func migrate(ctx context.Context, url string) error {
	if err := store.Migrate(ctx, url); err != nil {
		return err
	}
	s, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	defer s.Close()
	return collection.New(s, collection.Settings{}).PublishShipped(ctx, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.store.Pool().Exec(context.Background(), sql, args...)
	require.NoError(w.t, err)
}

// read answers one value.
func read[T any](w *world, sql string, args ...any) T {
	w.t.Helper()
	var v T
	require.NoError(w.t, w.store.Pool().QueryRow(context.Background(), sql, args...).Scan(&v))
	return v
}

// column answers a list of texts.
func (w *world) column(sql string, args ...any) []string {
	w.t.Helper()
	return read[[]string](w, `select coalesce(array_agg(x), '{}') from (`+sql+`) as t(x)`, args...)
}

// taken is an upload with the codes of its faults: "line field code".
type taken struct {
	store.Upload

	faults []string
	texts  []string
}

// options are name, value pairs.
func (w *world) take(kind string, content []byte, options ...string) taken {
	w.t.Helper()
	u := w.keep(kind, content, options...)
	u, err := w.files.Run(w.t.Context(), u, w.now, func(int, int) {})
	require.NoError(w.t, err)
	return w.told(u)
}

func (w *world) keep(kind string, content []byte, options ...string) store.Upload {
	w.t.Helper()
	f := imports.File{CreditorID: "acme", Kind: kind, Name: "file", Content: content, Options: map[string]string{}}
	for pair := range slices.Chunk(options, 2) {
		if pair[0] == "dry_run" {
			f.DryRun = true
			continue
		}
		f.Options[pair[0]] = pair[1]
	}
	u, existed, err := w.files.Take(w.t.Context(), store.Everything, w.now, "person", f)
	require.NoError(w.t, err)
	require.False(w.t, existed)
	return u
}

func (w *world) told(u store.Upload) taken {
	w.t.Helper()
	faults, err := w.store.UploadFaults(w.t.Context(), u.ID)
	require.NoError(w.t, err)
	answer := taken{Upload: u}
	for _, f := range faults {
		answer.faults = append(answer.faults, strings.TrimSpace(fmt.Sprintf("%d %s %s", f.Line, f.Field, f.Code)))
		answer.texts = append(answer.texts, f.Message)
	}
	return answer
}

// rehearsed takes a file in as a dry run and then for real, and compares what both say.
func (w *world) rehearsed(kind string, content []byte, options ...string) taken {
	w.t.Helper()
	before := w.fingerprint()
	dry := w.take(kind, content, append([]string{"dry_run", "true"}, options...)...)
	require.Equal(w.t, before, w.fingerprint(), "a dry run writes nothing")
	real := w.take(kind, content, options...)
	require.Equal(w.t, dry.Result, real.Result, "a dry run says what will happen")
	require.Equal(w.t, dry.faults, real.faults)
	return real
}

// fingerprint is all facts, in short.
func (w *world) fingerprint() string {
	return read[string](w, `select concat_ws(' ', (select count(*) from customer), (select count(*) from contact), (select count(*) from invoice),
		(select coalesce(sum(open_minor), 0) from invoice), (select count(*) from ledger_entry), (select count(*) from receipt), (select count(*) from hold),
		(select count(*) from case_event), (select count(*) from workflow_message), (select count(*) from task), (select count(*) from open_items_taken),
		(select md5(string_agg(event_hash, '' order by id)) from invoice), (select coalesce(max(payments_known_until)::text, '') from creditor))`)
}

// intact checks the histories and that every balance is the sum of its ledger.
func (w *world) intact() {
	w.t.Helper()
	report, err := w.cases.VerifyHistory(context.Background())
	require.NoError(w.t, err)
	require.Empty(w.t, report.Broken)
	require.Empty(w.t, w.column(`select number from invoice i where open_minor <>
		(select sum(amount_minor) from ledger_entry e where e.invoice_id = i.id)`), "balances that are not their ledger's sum")
	require.Empty(w.t, w.column(`select number from invoice where (closed_outcome is null) = (open_minor = 0)`), "closed is what owes nothing")
	require.Empty(w.t, w.column(`select i.number from invoice i where (select count(*) from workflow_message m where m.invoice_id = i.id and m.name = 'start')
		<> i.current_run`), "one start for each run")
}

// balance is an invoice in words: what is open and how it was closed.
func (w *world) balance(number string) string {
	return read[string](w, `select open_minor || coalesce(' ' || closed_outcome, '') from invoice where number = $1`, number)
}

// events lists the kinds of an invoice's history.
func (w *world) events(number string) []string {
	return w.column(`select kind from case_event e join invoice i on i.id = e.invoice_id where i.number = $1 order by e.seq`, number)
}

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// pack makes a ZIP archive of names and texts.
func pack(t *testing.T, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for pair := range slices.Chunk(files, 2) {
		f, err := z.Create(pair[0])
		require.NoError(t, err)
		_, err = f.Write([]byte(pair[1]))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}
