package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/money"
	"maan/internal/store"
)

// approving is a creditor in mode approve with three invoices that wait for their release on
// Tuesday 2 June 2026, at eleven o'clock.
func approving(t *testing.T) *store.Store {
	t.Helper()
	s := database(t)
	t.Setenv("MAAN_SENDGRID_URL", "http://127.0.0.1:1")
	t.Setenv("MAAN_TWILIO_URL", "http://127.0.0.1:1")
	now := time.Date(2026, time.June, 2, 9, 0, 0, 0, time.UTC)
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := s.Pool().Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	exec(`insert into development_clock (offset_ms) values ($1)`, time.Until(now).Milliseconds())
	exec(`update creditor set mode = 'approve'`)
	customer := store.NewID()
	exec(`insert into customer (id, creditor_id, number, legal_name, kind, language, country, created_at)
		values ($1, 'acme', 'C-1', '=Buyer BV', 'business', 'en', 'NL', now())`, customer)
	today := calendar.DateOf(now)
	for _, number := range []string{"F-1", "F-2", "F-3"} {
		_, err := collection.New(s, collection.Settings{}).StartInvoice(t.Context(), store.Everything, now, "person-a", collection.NewInvoice{
			CreditorID: "acme", CustomerID: customer, Number: number, IssueDate: today, DueDate: today.AddDays(30), Amount: money.New(121000, "EUR"), Source: "api",
		})
		require.NoError(t, err)
	}
	return s
}

func released(t *testing.T, s *store.Store) (actors []string, lines int) {
	t.Helper()
	require.NoError(t, s.Pool().QueryRow(t.Context(), `select coalesce(array_agg(released_by order by id), '{}') from release`).Scan(&actors))
	require.NoError(t, s.Pool().QueryRow(t.Context(), `select count(*) from release_item`).Scan(&lines))
	return actors, lines
}

func TestRelease(t *testing.T) {
	s := approving(t)
	out, err := run(t, "", "release", "list", "acme")
	require.NoError(t, err, out)
	require.Contains(t, out, "acme, 2026-06-02: 3 messages to 1 customers")
	require.Regexp(t, `F-1 +=Buyer BV +invoice +email +1210.00 EUR +due 2026-07-02 +new`, out)
	require.Contains(t, out, "open in all: 3630.00 EUR")

	out, err = run(t, "", "release", "approve", "acme", "--dry-run", "--except", "F-2", "--reason", "talks")
	require.NoError(t, err, out)
	require.Equal(t, "dry run: 2 messages would go, 1 invoices would stay back; nothing was written\n", out)
	actors, lines := released(t, s)
	require.Empty(t, actors)
	require.Zero(t, lines)

	out, err = run(t, "", "release", "approve", "acme", "--except", "F-2", "--reason", "talks", "--by", "person-c")
	require.NoError(t, err, out)
	require.Contains(t, out, "of 2026-06-02: 2 released, 0 released before, 1 stay back\n")
	actors, lines = released(t, s)
	require.Equal(t, []string{"person-c"}, actors)
	require.Equal(t, 2, lines)

	out, err = run(t, "", "release", "list", "acme")
	require.NoError(t, err, out)
	require.Contains(t, out, "0 messages to 0 customers")
	require.Contains(t, out, "taken out: talks")
	out, err = run(t, "", "release", "approve", "acme")
	require.NoError(t, err, out)
	require.Equal(t, "nothing waits for a release\n", out)
}

func TestRelease_WhatChangedSinceTheListStays(t *testing.T) {
	s := approving(t)
	out, err := run(t, "", "release", "list", "acme", "--csv")
	require.NoError(t, err)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 4)
	require.Equal(t, "'=Buyer BV", rows[1][2], "no spreadsheet runs it")
	file := filepath.Join(t.TempDir(), "list.csv")
	require.NoError(t, os.WriteFile(file, []byte(out), 0o600))
	_, err = s.Pool().Exec(t.Context(), `update invoice set open_minor = 60500 where number = 'F-3'`)
	require.NoError(t, err)

	out, err = run(t, "", "release", "approve", "acme", "--list", file, "--except", "F-1", "--reason", "talks")
	require.ErrorContains(t, err, "1 lines were not released")
	require.Contains(t, out, "1 released, 0 released before, 1 stay back")
	require.Contains(t, out, "not released: F-3: changed: the amount,")
	_, lines := released(t, s)
	require.Equal(t, 1, lines)
}

func TestRelease_Refuses(t *testing.T) {
	s := approving(t)
	spoiled := write(t, "list.csv", "invoice_id,version\nF-1,x\n")
	for want, args := range map[string][]string{
		`there is no creditor "nobody"`:                          {"list", "nobody"},
		"--day":                                                  {"list", "acme", "--day", "tomorrow"},
		"a batch is released on its day":                         {"approve", "acme", "--day", "2026-06-09"},
		"--except and --reason go together":                      {"approve", "acme", "--except", "F-1"},
		"--reason: give a code":                                  {"approve", "acme", "--except", "F-1", "--reason", "We talk"},
		"--by: give an opaque id":                                {"approve", "acme", "--by", "anna@acme.example"},
		`invoice "F-9" does not stand on the list of 2026-06-02`: {"approve", "acme", "--except", "F-9", "--reason", "talks"},
		"row 2: invoice_id or version is missing or spoiled":     {"approve", "acme", "--list", spoiled},
		"the file has no columns invoice_id and version":         {"approve", "acme", "--list", write(t, "other.csv", "a,b\n")},
		"the file is empty":                                      {"approve", "acme", "--list", write(t, "empty.csv", "")},
		"no such file":                                           {"approve", "acme", "--list", "nowhere.csv"},
		"accepts 1 arg":                                          {"approve"},
	} {
		_, err := run(t, "", append([]string{"release"}, args...)...)
		require.ErrorContains(t, err, want)
	}
	actors, _ := released(t, s)
	require.Empty(t, actors)
	_, err := s.Pool().Exec(t.Context(), `update creditor set mode = 'automatic'`)
	require.NoError(t, err)
	_, err = run(t, "", "release", "approve", "acme")
	require.ErrorContains(t, err, "acme is in mode automatic, not approve")
	out, err := run(t, "", "release", "list", "acme")
	require.NoError(t, err)
	require.Contains(t, out, "its messages wait for no release")
}

func TestRelease_HelpTeaches(t *testing.T) {
	for _, args := range [][]string{{"release", "--help"}, {"release", "list", "--help"}, {"release", "approve", "--help"}} {
		out, err := run(t, "", args...)
		require.NoError(t, err)
		require.Contains(t, out, "--")
		require.Contains(t, out, "wait")
	}
}
