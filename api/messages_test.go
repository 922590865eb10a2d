package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/provider"
	"maan/internal/store"
)

// sends claims the invoice mail of an act, and records what its provider did with it.
func (w *world) sends(t *testing.T, act dunning.Act, fate *provider.Error) string {
	t.Helper()
	claim, err := w.cases.ClaimSend(t.Context(), act, *w.now.Load())
	require.NoError(t, err)
	require.Len(t, claim.Outgoing, 1)
	id := claim.Outgoing[0].MessageID
	_, err = w.cases.RecordSend(t.Context(), act, claim, []collection.Fate{{MessageID: id, ProviderID: "sg-" + id.String(), Err: fate}}, *w.now.Load())
	require.NoError(t, err)
	return id.String()
}

func TestFateOfAMessage_WithItsAttemptsAndEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`update creditor set mode = 'automatic', street = 'Kade 1', postcode = '1011 AA', city = 'Amsterdam'`)
	customer := w.newCustomer(acme, "C-1")
	w.mustDo(http.StatusCreated, "POST", "/v1/customers/"+customer+"/contacts", w.finance(), object{"role": "general", "email": "info@buyer.example"})
	invoice := w.newInvoice(acme, "C-1", "2026-1")
	act := dunning.Act{InvoiceID: invoice, RunNo: 1, Step: "invoice", Occurrence: 1}
	w.at(today.Add(time.Hour))
	first := w.sends(t, act, &provider.Error{Fate: provider.NotSent, Code: "status_503"})
	w.at(today.Add(90 * time.Minute))
	second := w.sends(t, act, nil)
	report := func(message, kind, code string) {
		id := w.get("/v1/messages/"+message, w.finance())["message"].(object)["id"].(string)
		require.NoError(t, w.cases.SettleReports(t.Context(), *w.now.Load(), []store.DeliveryReport{{
			Provider: "sendgrid", EventKey: kind + id, MessageID: uuid.MustParse(id), ProviderID: "sg", Kind: kind, Code: code, At: *w.now.Load(),
		}}))
	}
	report(second, "processed", "")
	report(second, "bounced", "5.1.1")
	act.Occurrence = 2
	third := w.sends(t, act, nil)
	report(third, "delivered", "")
	w.at(today.Add(2 * time.Hour))
	report(third, "complained", "spamreport")

	got := w.get("/v1/messages/"+second, w.finance())
	require.Equal(t, "bounced", got["message"].(object)["fate"])
	require.Equal(t, "5.1.1", got["message"].(object)["error_code"])
	words := func(list any, fields ...string) (out []string) {
		for _, item := range list.([]any) {
			var parts []string
			for _, f := range fields {
				if text, ok := item.(object)[f].(string); ok && text != "" {
					parts = append(parts, text)
				}
			}
			out = append(out, strings.Join(parts, " "))
		}
		return out
	}
	require.Equal(t, []string{"maan claimed", "maan sent", "sendgrid processed", "sendgrid bounced 5.1.1"}, words(got["events"], "source", "kind", "code"))
	require.Equal(t, []string{first + " not_sent status_503", second + " bounced 5.1.1", third + " complained spamreport"},
		words(got["attempts"], "message_id", "fate", "error_code"))
	require.InDelta(t, 2, got["attempts"].([]any)[2].(object)["occurrence"], 0)
	require.Equal(t, []string{"maan claimed", "maan not_sent status_503"}, words(w.get("/v1/messages/"+first, w.finance())["events"], "source", "kind", "code"),
		"one that a retry replaced still tells its story")

	since := url.QueryEscape(today.Add(80 * time.Minute).Format(time.RFC3339))
	for query, want := range map[string]int{
		"creditor=acme": 3, "fate=bounced": 1, "fate=complained": 1, "fate=not_sent": 1, "fate=uncertain": 0, "status=sent": 2, "since=" + since: 2,
		"fate=not_sent&since=" + since: 0,
	} {
		require.Len(t, w.get("/v1/messages?"+query, w.finance())["items"], want, query)
	}
	file := w.mustDo(http.StatusOK, "GET", "/v1/messages?format=csv&fate=bounced", w.finance(), nil)
	require.Contains(t, file.header.Get("Content-Type"), "text/csv")
	lines := strings.Split(strings.TrimSpace(string(file.body)), "\n")
	require.Len(t, lines, 2)
	require.Contains(t, lines[1], ",bounced,sent,bounced,5.1.1,2026-06-02T10:30:00Z,")
	require.NotContains(t, string(file.body), "buyer.example")
}
