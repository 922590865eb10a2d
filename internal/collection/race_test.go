package collection_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

// together runs functions at the same time and answers when all are done.
func together(fns ...func()) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, fn := range fns {
		wg.Go(func() { <-start; fn() })
	}
	close(start)
	wg.Wait()
}

func TestConcurrentClaimsOfOneStep_SendOnce(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	claims := make([]*collection.Claim, 8)
	errs := make([]error, len(claims))
	fns := make([]func(), len(claims))
	for i := range fns {
		fns[i] = func() { claims[i], errs[i] = w.ClaimSend(t.Context(), act, w.now) }
	}
	together(fns...)
	sent := 0
	for i, claim := range claims {
		require.NoError(t, errs[i])
		sent += len(claim.Outgoing)
		if len(claim.Outgoing) == 0 {
			require.Equal(t, "wait(unsettled)", outcome(claim.Result))
		}
	}
	require.Equal(t, 1, sent)
	require.Equal(t, 1, read[int](w, `select count(*) from message where template = 'stricter_reminder'`))
	require.NotNil(t, c)
	w.intact()
}

func TestConcurrentClaimsOfOneCustomer_AreOneMessage(t *testing.T) {
	t.Parallel()
	w, _, act := at(t, formal)
	acts := []dunning.Act{act}
	for i := range 4 {
		c := w.start(w.invoice(fmt.Sprintf("N-%d", i)))
		w.exec(`update plan_step set state = 'skipped', reason = 'not_applicable', done_on = '2026-06-01', done_at = now()
			where invoice_id = $1 and position < 4`, c.id)
		w.exec(`update plan_step set at = $2, local_date = '2026-07-15' where invoice_id = $1 and step = 'stricter_reminder'`, c.id, w.now)
		acts = append(acts, dunning.Act{InvoiceID: c.id.String(), RunNo: 1, Step: formal, Occurrence: 1})
	}
	results := make([]string, len(acts))
	fns := make([]func(), len(acts))
	for i, act := range acts {
		fns[i] = func() {
			claim, err := w.ClaimSend(t.Context(), act, w.now)
			switch {
			case err != nil:
				results[i] = err.Error()
			case claim.Result != nil:
				results[i] = outcome(claim.Result)
			default:
				results[i] = "claimed"
			}
		}
	}
	together(fns...)
	count := map[string]int{}
	for _, r := range results {
		count[r]++
	}
	require.Equal(t, map[string]int{"claimed": 1, "wait(unsettled)": 4}, count)
	require.Equal(t, []string{"5"}, w.column(`select count(*)::text from message_item where step = $1 group by message_id`, formal))
	w.intact()
}

func TestConcurrentStartsOfOneInvoice_MakeOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, _ := w.newCustomer("C-2")
	same := w.invoice("2026-001")
	different := w.invoice("2026-001", func(n *collection.NewInvoice) { n.CustomerID = other })
	ids := make([]uuid.UUID, 8)
	errs := make([]error, len(ids))
	fns := make([]func(), len(ids))
	for i := range fns {
		n := same
		if i%2 == 1 {
			n = different
		}
		fns[i] = func() {
			done, err := w.StartInvoice(t.Context(), store.Everything, w.now, anna, n)
			ids[i], errs[i] = done.ID, err
		}
	}
	together(fns...)
	winner := read[uuid.UUID](w, `select id from invoice`)
	won := 0
	if read[uuid.UUID](w, `select customer_id from invoice`) == other {
		won = 1
	}
	for i, err := range errs {
		if i%2 == won {
			require.NoError(t, err)
			require.Equal(t, winner, ids[i])
		} else {
			refused(t, err, collection.Conflict, "number_taken")
		}
	}
	require.Equal(t, 1, read[int](w, `select count(*) from workflow_message`))
	require.Equal(t, 1, read[int](w, `select count(*) from ledger_entry`))
	w.intact()
}

// racers prepares invoices of different customers whose first step is due.
func racers(w *world, n int) []*testCase {
	w.t.Helper()
	cases := make([]*testCase, n)
	for i := range cases {
		w.customer, _ = w.newCustomer(fmt.Sprintf("R-%d", i))
		cases[i] = w.start(w.invoice(fmt.Sprintf("R-%d", i)))
	}
	return cases
}

// TestClaimsRacingPayments compares what each side saw: a claim that came after the
// payment sends nothing, and one that came before is named as leaving.
func TestClaimsRacingPayments_NeverClaimAfterTheCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const rounds = 200
	cases := racers(w, rounds)
	acts := make([]dunning.Act, rounds)
	for i, c := range cases {
		acts[i] = c.due()
	}
	first := 0
	for i, c := range cases {
		var (
			claim            *collection.Claim
			done             collection.Done
			claimErr, payErr error
		)
		together(
			func() { claim, claimErr = w.ClaimSend(t.Context(), acts[i], w.now) },
			func() {
				done, payErr = w.Receive(t.Context(), store.Everything, w.now, anna, c.id, payment(fmt.Sprint("p", i), 121000))
			},
		)
		require.NoError(t, claimErr)
		require.NoError(t, payErr)
		require.Equal(t, dunning.ReasonPaid, done.Closed)
		if claim.Result != nil {
			require.Equal(t, "skipped(paid)", outcome(claim.Result))
			require.Empty(t, done.Leaving)
			continue
		}
		first++
		require.Len(t, claim.Outgoing, 1)
		require.Equal(t, []uuid.UUID{claim.Outgoing[0].MessageID}, done.Leaving)
	}
	t.Logf("%d of %d claims were first", first, rounds)
	require.Empty(t, w.column(`select m.invoice_id::text from case_event m join case_event p on p.invoice_id = m.invoice_id and p.kind = 'closed'
		where m.kind = 'message_claimed' and m.seq > p.seq`), "the history has the order in which they committed")
	w.intact()
}

func TestClaimsRacingTheStop_AreNamedOrStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cases := racers(w, 40)
	acts := make([]dunning.Act, len(cases))
	for i, c := range cases {
		acts[i] = c.due()
	}
	for _, act := range acts {
		w.exec(`update creditor set stopped = false`)
		w.exec(`update message set status = 'not_sent' where status = 'sending'`)
		var (
			claim             *collection.Claim
			leaving           []uuid.UUID
			claimErr, stopErr error
		)
		together(
			func() { claim, claimErr = w.ClaimSend(t.Context(), act, w.now) },
			func() { leaving, stopErr = w.Stop(t.Context(), store.Everything, w.now, anna, creditorID) },
		)
		require.NoError(t, claimErr)
		require.NoError(t, stopErr)
		if claim.Result != nil {
			require.Equal(t, "wait(stopped)", outcome(claim.Result))
			continue
		}
		require.Contains(t, leaving, claim.Outgoing[0].MessageID, "claimed before the stop, so it must be named")
	}
	w.intact()
}

func TestConcurrentReleasesOfOneHold_AreOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	own, err := w.PlaceHold(t.Context(), store.Everything, w.now, anna, c.id, collection.HoldRequest{Reason: "talks"})
	require.NoError(t, err)
	all, _, err := w.HoldCustomer(t.Context(), store.Everything, w.now, anna, w.customer, collection.HoldRequest{Reason: "talks"})
	require.NoError(t, err)
	for i, hold := range []uuid.UUID{own.ID, all} {
		told := make([]int, 6)
		errs := make([]error, len(told))
		fns := make([]func(), len(told))
		for k := range fns {
			fns[k] = func() { told[k], errs[k] = w.ReleaseHold(t.Context(), store.Everything, w.now, anna, hold) }
		}
		together(fns...)
		sum := 0
		for k := range told {
			require.NoError(t, errs[k])
			sum += told[k]
		}
		require.Equal(t, 1, sum)
		require.Equal(t, i+1, c.events("hold_released"))
	}
	w.intact()
}

// A post with two words about one message waits for nobody who has the message's customer, as a
// send that is being recorded has: that send waits for the message.
func TestProgressOfOnePost_WaitsForNoCustomer(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	require.Equal(t, "done", outcome(c.perform(act, dunning.DoMessage)))
	sent := w.provider.sent[len(w.provider.sent)-1].MessageID
	busy, err := w.Store().Pool().Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = busy.Rollback(context.Background()) }()
	_, err = busy.Exec(t.Context(), `select 1 from customer for update`)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var reports []collection.Report
	for _, kind := range []string{"processed", "delivered"} {
		reports = append(reports, collection.Report{Provider: "sendgrid", EventKey: kind, MessageID: sent, ProviderID: "sg", Kind: kind, At: w.now})
	}
	require.NoError(t, w.SettleReports(ctx, w.now, reports))
	require.Equal(t, "delivered", read[string](w, `select delivery from message where id = $1`, sent))
	require.Equal(t, 2, read[int](w, `select count(*) from provider_event where message_id = $1`, sent))
}

// Reports that come in one post leave the same behind as the same reports one by one, whatever their
// order, and however often one of them is among them.
func TestReportsOfOnePost_AreAsThoseOneByOne(t *testing.T) {
	t.Parallel()
	w, c, act := at(t, formal)
	require.Equal(t, "done", outcome(c.perform(act, dunning.DoMessage)))
	sent := w.provider.sent[len(w.provider.sent)-1].MessageID
	again := func() (id uuid.UUID) { // a message as the one that was sent, about nothing
		id = uuid.New()
		_, err := w.Store().Pool().Exec(t.Context(), `insert into message (id, creditor_id, customer_id, contact_id, audience, channel, template, template_version, language,
				body_sha256, status, provider_id, claimed_at)
			select $1, creditor_id, customer_id, contact_id, audience, channel, template, template_version, language, body_sha256, status, '', claimed_at
			from message where id = $2`, id, sent)
		require.NoError(t, err)
		return id
	}
	left := func(id uuid.UUID) string {
		return read[string](w, `select concat_ws(' ', delivery, delivered_at, 'from ' || provider_id, 'for ' || error_code,
			(select string_agg(concat_ws(' ', substr(event_key, 38), kind, code, at), ', ' order by event_key) from provider_event e where e.message_id = m.id))
			from message m where id = $1`, id)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	for range 40 {
		posted, single := again(), again()
		var post []collection.Report
		for range 1 + rng.IntN(5) {
			kind := []string{"processed", "deferred", "delivered", "bounced", "complained"}[rng.IntN(20)%5]
			r := collection.Report{
				Provider: "sendgrid", ProviderID: []string{"sg", "sg", "other"}[rng.IntN(3)], Kind: kind, At: w.now.Add(time.Duration(rng.IntN(3)) * time.Minute),
				Code: []string{"", "", "450"}[rng.IntN(3)], EventKey: strconv.Itoa(rng.IntN(4)),
			}
			if i := slices.IndexFunc(post, func(b collection.Report) bool { return b.EventKey == r.EventKey }); i >= 0 {
				r = post[i]
			}
			post = append(post, r)
		}
		about := func(id uuid.UUID, r collection.Report) collection.Report {
			r.MessageID, r.EventKey = id, id.String()+" "+r.EventKey
			return r
		}
		var whole []collection.Report
		for _, r := range post {
			require.NoError(t, w.SettleReports(t.Context(), w.now, []collection.Report{about(single, r)}))
			whole = append(whole, about(posted, r))
		}
		require.NoError(t, w.SettleReports(t.Context(), w.now, whole))
		require.Equal(t, left(single), left(posted), "%+v", post)
	}
}
