package imports_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/devstack/postgres/pgtest"
	"maan/internal/imports"
	"maan/internal/store"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// lines counts lines; an empty one is a fault, and "crash" ends the first attempt.
type lines struct{ crashed bool }

func (l *lines) Import(_ context.Context, j *imports.Job) error {
	scanner := bufio.NewScanner(bytes.NewReader(j.Content))
	n := 0
	for scanner.Scan() {
		n++
		switch {
		case scanner.Text() == "crash" && !l.crashed:
			l.crashed = true
			return errors.New("the database went away")
		case scanner.Text() == "refuse":
			j.Refuse()
		case scanner.Text() == "":
			j.Fault(store.UploadFault{Line: n, Code: "empty", Message: "write something"})
		default:
			j.Count("taken", 1)
		}
		j.Progress(n, 0)
	}
	return nil
}

func newService(t *testing.T) (*imports.Service, *store.Store) {
	t.Helper()
	schema, err := store.SchemaHash()
	require.NoError(t, err)
	s, err := store.Open(t.Context(), pgtest.Database(t, schema, store.Migrate))
	require.NoError(t, err)
	t.Cleanup(s.Close)
	_, err = s.Pool().Exec(t.Context(), `insert into creditor (id, name, country, zone, language, sender_name, sender_email, reply_to, phone, contact_name, created_at)
		values ('acme', 'Acme BV', 'NL', 'Europe/Amsterdam', 'nl', 'Acme', 'a@acme.example', 'a@acme.example', '1', 'A', now())`)
	require.NoError(t, err)
	return imports.New(s, map[string]imports.Importer{imports.KindInvoices: &lines{}}), s
}

func file(content string) imports.File {
	return imports.File{CreditorID: "acme", Kind: imports.KindInvoices, Name: "rows.csv", Content: []byte(content)}
}

func quiet(int, int) {}

func TestRun_TellsWhatBecameOfTheRows(t *testing.T) {
	t.Parallel()
	s, db := newService(t)
	u, existed, err := s.Take(t.Context(), store.Everything, noon, "u1", file("a\n\nb\n"))
	require.NoError(t, err)
	require.False(t, existed)
	require.Equal(t, "waiting", u.Status)

	u, err = s.Run(t.Context(), u, noon, quiet)
	require.NoError(t, err)
	require.Equal(t, "done", u.Status)
	require.Equal(t, map[string]int{"taken": 2}, u.Result)
	require.Equal(t, 3, u.Done)
	faults, err := db.UploadFaults(t.Context(), u.ID)
	require.NoError(t, err)
	require.Equal(t, []store.UploadFault{{Line: 2, Code: "empty", Message: "write something"}}, faults)

	kept, err := s.Find(t.Context(), store.Everything, u.ID)
	require.NoError(t, err)
	require.Equal(t, u.Result, kept.Result)
	require.Equal(t, 1, kept.Faults)
}

func TestTake_TheSameFileCountsOnce(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	first, _, err := s.Take(t.Context(), store.Everything, noon, "u1", file("a\n"))
	require.NoError(t, err)
	again, existed, err := s.Take(t.Context(), store.Everything, noon, "u2", file("a\n"))
	require.NoError(t, err)
	require.True(t, existed)
	require.Equal(t, first.ID, again.ID)

	dry := file("a\n")
	dry.DryRun = true
	other, existed, err := s.Take(t.Context(), store.Everything, noon, "u1", dry)
	require.NoError(t, err)
	require.False(t, existed)
	require.NotEqual(t, first.ID, other.ID)
}

func TestTake_ARefusedFileMayComeAgain(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	u, _, err := s.Take(t.Context(), store.Everything, noon, "u1", file("refuse\n"))
	require.NoError(t, err)
	u, err = s.Run(t.Context(), u, noon, quiet)
	require.NoError(t, err)
	require.Equal(t, "refused", u.Status)
	_, existed, err := s.Take(t.Context(), store.Everything, noon, "u1", file("refuse\n"))
	require.NoError(t, err)
	require.False(t, existed)
}

// What a row lacked, a customer for instance, may be there by then.
func TestTake_AFileWithFaultsMayComeAgain(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	u, _, err := s.Take(t.Context(), store.Everything, noon, "u1", file("a\n\n"))
	require.NoError(t, err)
	_, existed, err := s.Take(t.Context(), store.Everything, noon, "u1", file("a\n\n"))
	require.NoError(t, err)
	require.True(t, existed, "while it is under way")
	_, err = s.Run(t.Context(), u, noon, quiet)
	require.NoError(t, err)
	_, existed, err = s.Take(t.Context(), store.Everything, noon, "u1", file("a\n\n"))
	require.NoError(t, err)
	require.False(t, existed)
}

func TestTake_WithOtherOptionsItIsAnotherFile(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	for _, options := range []map[string]string{nil, {"decimals": "comma"}, {"decimals": "dot"}} {
		f := file("a\n")
		f.Options = options
		_, existed, err := s.Take(t.Context(), store.Everything, noon, "u1", f)
		require.NoError(t, err)
		require.False(t, existed)
	}
}

func TestRun_BeginsAgainAfterACrash(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	u, _, err := s.Take(t.Context(), store.Everything, noon, "u1", file("a\ncrash\nb\n"))
	require.NoError(t, err)
	_, err = s.Run(t.Context(), u, noon, quiet)
	require.Error(t, err)
	u, err = s.Run(t.Context(), u, noon, quiet)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"taken": 3}, u.Result)

	ended, err := s.Run(t.Context(), u, noon, quiet) // a workflow that an operator reset
	require.NoError(t, err)
	require.Equal(t, u.Result, ended.Result)
}

func TestTake_RefusesWhatItCannotImport(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	for code, f := range map[string]imports.File{
		"unknown_kind": {CreditorID: "acme", Kind: "riddles", Content: []byte("a")},
		"empty":        {CreditorID: "acme", Kind: imports.KindInvoices},
		"too_large":    {CreditorID: "acme", Kind: imports.KindInvoices, Content: make([]byte, imports.MaxSize+1)},
	} {
		_, _, err := s.Take(t.Context(), store.Everything, noon, "u1", f)
		r, ok := collection.AsRefusal(err)
		require.True(t, ok, code)
		require.Equal(t, code, r.Faults[0].Code)
	}
	_, _, err := s.Take(t.Context(), store.Scope{Creditors: []string{"other"}}, noon, "u1", file("a"))
	require.ErrorIs(t, err, store.ErrNotFound)
}
