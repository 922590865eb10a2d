package worker_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/email"
	"maan/internal/health"
	"maan/internal/provider"
	"maan/worker"
)

// mailbox is an e-mail provider that does as it is told.
type mailbox struct {
	refuse *provider.Error
	tried  int
	taken  []email.Message
}

func (m *mailbox) Send(_ context.Context, mail email.Message) (email.Receipt, error) {
	m.tried++
	if m.refuse != nil {
		return email.Receipt{}, m.refuse
	}
	m.taken = append(m.taken, mail)
	return email.Receipt{ProviderID: "p-" + mail.ID}, nil
}

func (m *mailbox) subjects() []string {
	list := []string{}
	for _, t := range m.taken {
		list = append(list, t.Subject)
	}
	return list
}

// keepPage keeps a mail to look at, where MAAN_TEST_PAGES names a folder.
func keepPage(t *testing.T, name, html string) {
	t.Helper()
	if dir := os.Getenv("MAAN_TEST_PAGES"); dir != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".html"), []byte(html), 0o600))
	}
}

// watched is a world whose creditor writes by itself, with a watch over it.
type watched struct {
	*world

	watch *worker.Watch
	mail  *mailbox
	now   time.Time
}

func newWatched(t *testing.T) *watched {
	t.Helper()
	w := &watched{world: newWorld(t), mail: &mailbox{}, now: today}
	w.exec(`update creditor set mode = 'automatic', registration_number = '12345678', vat_number = 'NL001234567B01', street = 'Kade 1', postcode = '1011 AA',
		city = 'Amsterdam', iban = 'NL91ABNA0417164300', account_name = 'Acme', phone = '+31201234567'`)
	w.exec(`insert into contact (id, customer_id, role, name, email, created_at) values (gen_random_uuid(), $1, 'general', 'Petra', 'petra@buyer.example', $2)`,
		w.customer["acme"], today)
	w.exec(`insert into contact (id, customer_id, role, name, email, created_at) values (gen_random_uuid(), $1, 'general', 'Petra', 'petra@buyer.example', $2)`,
		w.customer["other"], today)
	w.exec(`update loop_mark set marked_at = now()`)
	w.restart()
	return w
}

// restart is a worker that was started anew.
func (w *watched) restart() {
	w.watch = &worker.Watch{
		Health: health.New(w.store, health.Settings{Unsettled: w.cases.UnsettledFor(), Notify: true}), Store: w.store,
		Logger: slog.New(slog.NewJSONHandler(w.logs, nil)), Mail: w.mail, Pace: provider.NewLimiter(nil, "email", 0), From: "maan@acme.example",
		To: "operator@acme.example", PublicURL: "https://maan.example.com",
	}
}

// attempt writes the first mail of a new invoice through the provider.
func (w *watched) attempt(number string) {
	w.t.Helper()
	act := dunning.Act{InvoiceID: w.invoice("acme", number).String(), RunNo: 1, Step: "invoice", Occurrence: 1}
	w.exec(`update workflow_message set delivered_at = now()`)
	claim, err := w.cases.ClaimSend(w.t.Context(), act, w.now)
	require.NoError(w.t, err)
	require.NotEmpty(w.t, claim.Outgoing, "%+v", claim.Result)
	var fates []collection.Fate
	for _, o := range claim.Outgoing {
		fates = append(fates, collection.Fate{MessageID: o.MessageID, ProviderID: "p", Err: w.mail.refuse})
	}
	_, err = w.cases.RecordSend(w.t.Context(), act, claim, fates, w.now)
	require.NoError(w.t, err)
	w.exec(`update workflow_message set delivered_at = now()`)
	w.exec(`update message set delivery = 'delivered' where status = 'sent'`)
}

// pass lets business time pass, with a look every 20 seconds.
func (w *watched) pass(d time.Duration) {
	w.t.Helper()
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(20 * time.Second)
		require.NoError(w.t, w.watch.Look(w.t.Context(), w.now))
	}
}

func TestWatch_AStoppedProviderRaisesOneAlarmWithinAMinute(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	w.attempt("0")
	w.pass(time.Minute)
	require.NotContains(t, w.logs.String(), "alarm")

	w.mail.refuse = &provider.Error{Fate: provider.NotSent, Code: "refused"}
	w.attempt("1")
	w.pass(time.Minute)
	require.Equal(t, 1, strings.Count(w.logs.String(), `"alarm raised"`), w.logs)
	require.Contains(t, w.logs.String(), `"condition":"provider_errors","subject":"email","severity":"alarm"`)
	for range 3 {
		w.restart()
		w.pass(10 * time.Minute)
		w.attempt(uuid.NewString())
	}
	require.Equal(t, 1, strings.Count(w.logs.String(), `"alarm raised"`), "one alarm while it lasts")
	require.Empty(t, w.mail.taken, "the provider is down, so is the mail")
	require.Greater(t, w.mail.tried, 2)
	require.Less(t, w.mail.tried, 12, "and it is left alone in between")

	w.mail.refuse = nil
	w.attempt("2")
	w.pass(20 * time.Minute)
	require.Equal(t, 1, strings.Count(w.logs.String(), `"alarm over"`))
	told := 0
	for _, m := range w.mail.taken {
		told += strings.Count(m.Text, "provider errors (email)")
	}
	require.Equal(t, 2, told, "raised and over, once each: %v", w.mail.subjects())
	for _, secret := range []string{"Petra", "buyer.example", "Secret Buyer"} {
		require.NotContains(t, w.logs.String(), secret)
		require.NotContains(t, w.mail.taken[0].HTML+w.mail.taken[0].Text, secret)
	}
}

func TestWatch_OneMailForAllThatIsAmiss(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	w.attempt("1")
	w.exec(`update contact set email_failed_at = now()`)
	w.exec(`update workflow_message set delivered_at = null, created_at = now() - interval '1 hour'`)
	w.pass(time.Minute)
	require.Equal(t, []string{"Maan: alarm: stuck outbox and 1 more"}, w.mail.subjects())
	require.Equal(t, "operator@acme.example", w.mail.taken[0].To)
	require.Equal(t, "maan@acme.example", w.mail.taken[0].From)
	require.Contains(t, w.mail.taken[0].Text, "customers without address")
	keepPage(t, "alarm", w.mail.taken[0].HTML)
	w.exec(`update workflow_message set delivered_at = now()`)
	w.pass(3 * time.Minute)
	require.Equal(t, []string{"Maan: alarm: stuck outbox and 1 more", "Maan: over: stuck outbox"}, w.mail.subjects())
}

func TestWatch_AMailOfUnknownFateIsSentOnceMore(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	w.attempt("1")
	w.exec(`update workflow_message set delivered_at = null, created_at = now() - interval '1 hour'`)
	w.mail.refuse = &provider.Error{Fate: provider.Uncertain, Code: "timeout"}
	w.pass(10 * time.Minute)
	require.Equal(t, 1, w.mail.tried, "it may have left")
	w.mail.refuse = nil
	w.pass(10 * time.Minute)
	require.Len(t, w.mail.taken, 1)
	w.pass(time.Hour)
	require.Len(t, w.mail.taken, 1)
}
