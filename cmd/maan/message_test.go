package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/money"
	"maan/internal/store"
)

func TestMessagePreview(t *testing.T) {
	s := database(t)
	t.Setenv("MAAN_SENDGRID_URL", "http://127.0.0.1:1")
	t.Setenv("MAAN_TWILIO_URL", "http://127.0.0.1:1")
	_, err := s.Pool().Exec(t.Context(), `update creditor set iban = 'NL91ABNA0417164300', account_name = 'Acme BV', registration_number = '12345678',
		street = 'Kade 1', postcode = '1011 AA', city = 'Amsterdam', vat_number = 'NL001234567B01', mode = 'automatic'`)
	require.NoError(t, err)
	customer, now := store.NewID(), time.Now()
	_, err = s.Pool().Exec(t.Context(), `insert into customer (id, creditor_id, number, legal_name, kind, language, country, created_at)
		values ($1, 'acme', 'C-1', 'Buyer BV', 'business', 'en', 'NL', now())`, customer)
	require.NoError(t, err)
	_, err = s.Pool().Exec(t.Context(), `insert into contact (id, customer_id, role, name, email, created_at)
		values ($1, $2, 'accounts_payable', 'Petra Pay', 'petra@buyer.example', now())`, store.NewID(), customer)
	require.NoError(t, err)
	today := calendar.DateOf(now)
	_, err = collection.New(s, collection.Settings{}).StartInvoice(t.Context(), store.Everything, now, "person-a", collection.NewInvoice{
		CreditorID: "acme", CustomerID: customer, Number: "F/1", IssueDate: today, DueDate: today.AddDays(30), Amount: money.New(121000, "EUR"), Source: "api",
	})
	require.NoError(t, err)

	page := filepath.Join(t.TempDir(), "mail.html")
	out, err := run(t, "", "message", "preview", "--invoice", "acme/F/1", "--step", "reminder", "--html", page)
	require.NoError(t, err, out)
	require.Contains(t, out, "It would be sent.")
	require.Contains(t, out, "Petra Pay <petra@buyer.example>")
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(text), "data:image/png;base64,")

	out, err = run(t, "", "message", "preview", "--invoice", "acme/F/1", "--step", "reminder", "--channel", "sms", "--json")
	require.NoError(t, err, out)
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &m))
	require.Equal(t, false, m["would_send"])
	require.Equal(t, "no_mobile", m["code"])

	_, err = run(t, "", "message", "preview", "--invoice", "acme/F/2")
	require.ErrorContains(t, err, `creditor "acme" has no invoice "F/2"`)
	_, err = run(t, "", "message", "preview", "--invoice", "F-1")
	require.ErrorContains(t, err, "give creditor and invoice number")
	_, err = run(t, "", "message", "preview", "--invoice", "acme/F/1", "--step", "courtesy_call")
	require.ErrorContains(t, err, "this step sends no message")
}
