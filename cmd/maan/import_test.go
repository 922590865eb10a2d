package main

import (
	"archive/zip"
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement/statementtest"
	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/intake"
	"maan/internal/money"
	"maan/internal/store"
	"maan/worker"
)

const bulkFile = "customer_number,name,kind,country,invoice_number,issue_date,due_date,amount,currency,sending,sent_channel,sent_on\n" +
	"C-1,Buyer BV,business,NL,F-1,2026-05-01,2026-05-31,121.00,EUR,already_sent,erp,2026-05-01\n" +
	"C-1,Buyer BV,business,NL,F-2,2026-05-01,2026-02-31,121.00,EUR,already_sent,erp,2026-05-01\n"

// database makes one with a creditor, and puts its address where the command looks.
func database(t *testing.T) *store.Store {
	t.Helper()
	schema, err := store.SchemaHash()
	require.NoError(t, err)
	url := pgtest.Database(t, schema, store.Migrate)
	t.Setenv("DATABASE_URL", url)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	require.NoError(t, collection.New(s, collection.Settings{}).PublishShipped(t.Context(), time.Now()))
	_, err = s.Pool().Exec(t.Context(), `insert into creditor (id, name, country, zone, language, sender_name, sender_email, reply_to, phone, contact_name, created_at)
		values ('acme', 'Acme BV', 'NL', 'Europe/Amsterdam', 'nl', 'Acme', 'a@acme.example', 'a@acme.example', '1', 'A', now())`)
	require.NoError(t, err)
	return s
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestImport(t *testing.T) {
	s := database(t)
	file := write(t, "may.csv", bulkFile)
	faults := filepath.Join(t.TempDir(), "bad.csv")

	out, err := run(t, "", "import", "invoices", file, "--creditor", "acme", "--dry-run", "--faults", faults)
	require.ErrorContains(t, err, "1 faults, see ")
	require.Contains(t, out, "dry run: nothing was written")
	require.Regexp(t, `started +1\n`, out)
	text, err := os.ReadFile(faults)
	require.NoError(t, err)
	require.Contains(t, string(text), "line,field,code,message\n3,due_date,invalid_date,")
	var invoices int
	require.NoError(t, s.Pool().QueryRow(t.Context(), `select count(*) from invoice`).Scan(&invoices))
	require.Zero(t, invoices)

	work(t, s)
	out, err = run(t, "", "import", "invoices", file, "--creditor", "acme")
	require.ErrorContains(t, err, "1 faults")
	require.Contains(t, out, "line 3, due_date: invalid_date: ")
	out, err = run(t, "", "import", "invoices", file, "--creditor", "acme")
	require.ErrorContains(t, err, "1 faults")
	require.Regexp(t, `existed +1\n`, out, "the bad row gets another try, the good one is there")

	items := write(t, "items.csv", "customer_number,number,issue_date,due_date,amount,open_amount,currency\nC-1,F-1,2026-05-01,2026-05-31,121.00,100.00,EUR\n")
	out, err = run(t, "", "import", "open-items", items, "--creditor", "acme", "--as-of", "2026-06-01", "--type", "invoice", "--rows", "1")
	require.NoError(t, err, out)
	require.Contains(t, out, "lowered")
	out, err = run(t, "", "import", "open-items", items, "--creditor", "acme", "--as-of", "2026-06-01", "--type", "invoice", "--rows", "1")
	require.NoError(t, err, out)
	require.Contains(t, out, "the same file was taken before")

	_, err = run(t, "", "import", "invoices", file, "--creditor", "nobody")
	require.ErrorContains(t, err, `there is no creditor "nobody"`)
	_, err = run(t, "", "import", "invoices", t.TempDir(), "--creditor", "acme")
	require.ErrorContains(t, err, "no file ends in .xml")
}

func TestImport_PacksAFolderTheSameWayTwice(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "june"), 0o700))
	for _, name := range []string{"a.xml", "june/b.XML", "notes.txt"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("<x/>"), 0o600))
	}
	one, err := packFolder(folder)
	require.NoError(t, err)
	two, err := packFolder(folder)
	require.NoError(t, err)
	require.Equal(t, one, two)
	require.NotContains(t, string(one), "notes.txt")
}

func TestImport_PacksAFolderWithoutItsLinksAndWithinTheLimits(t *testing.T) {
	t.Parallel()
	folder, outside := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret.xml"), []byte("<secret/>"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a.xml"), []byte("<x/>"), 0o600))
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret.xml"), filepath.Join(folder, "c.xml")))
	require.NoError(t, os.Symlink(outside, filepath.Join(folder, "d")))
	content, err := packFolder(folder)
	require.NoError(t, err)
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	require.Len(t, archive.File, 1)
	require.Equal(t, "a.xml", archive.File[0].Name)

	large := filepath.Join(folder, "b.xml")
	require.NoError(t, os.WriteFile(large, nil, 0o600))
	require.NoError(t, os.Truncate(large, intake.DefaultUBLLimits.MaxFile+1))
	_, err = packFolder(folder)
	require.ErrorContains(t, err, "b.xml: larger than 5 MiB")
	require.NoError(t, os.Remove(large))

	for i := range intake.DefaultUBLLimits.MaxEntries {
		require.NoError(t, os.WriteFile(filepath.Join(folder, strconv.Itoa(i)+".xml"), nil, 0o600))
	}
	_, err = packFolder(folder)
	require.ErrorContains(t, err, "more than 10000 files")
	_, err = packFolder(filepath.Join(folder, "absent"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// work does what the worker does with files, until the test ends.
func work(t *testing.T, s *store.Store) {
	t.Helper()
	files := worker.Imports(s, collection.New(s, collection.Settings{}))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				ended <- nil
				return
			case <-tick.C:
			}
			waiting, err := s.WaitingUploads(ctx, 1)
			for _, u := range waiting {
				if err == nil {
					_, err = files.Run(ctx, u, time.Now(), func(int, int) {})
				}
			}
			if err != nil && ctx.Err() == nil {
				ended <- err
				return
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
}

func TestBankImport(t *testing.T) {
	s := database(t)
	_, err := s.Pool().Exec(t.Context(), `update creditor set iban = 'NL91ABNA0417164300', payments_by = 'bank'`)
	require.NoError(t, err)
	var statement strings.Builder
	require.NoError(t, statementtest.Write(&statement, statementtest.Spec{
		Account: "NL91ABNA0417164300", Date: calendar.NewDate(2026, 11, 27), Opening: money.New(0, "EUR"),
		Entries: []statementtest.Entry{{Amount: money.New(1000, "EUR"), BankRef: "B1", Text: "?"}},
	}))
	file := write(t, "monday.xml", statement.String())
	out, err := run(t, "", "bank", "import", file, "--creditor", "acme", "--dry-run")
	require.NoError(t, err)
	require.Regexp(t, `unmatched +1\n`, out)
	_, err = run(t, "", "bank", "import", write(t, "broken.xml", "<Document"), "--creditor", "acme", "--dry-run")
	require.ErrorContains(t, err, "faults")
	_, err = run(t, "", "bank", "import", file, "--creditor", "nobody", "--dry-run")
	require.ErrorContains(t, err, `there is no creditor "nobody"`)
}
