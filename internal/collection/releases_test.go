package collection_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

// list is the day's batch: what waits for its release and may go.
func (w *world) list() map[uuid.UUID]store.ReleaseLine {
	w.t.Helper()
	lines, err := w.store.ReleaseLines(w.t.Context(), creditorID, date(day(w.now)))
	require.NoError(w.t, err)
	open := map[uuid.UUID]store.ReleaseLine{}
	for _, l := range lines {
		if l.Silent == "" && !l.Released && l.Removed == "" {
			open[l.InvoiceID] = l
		}
	}
	return open
}

// listed is the lines of cases as a person sees them.
func (w *world) listed(cases ...*testCase) map[uuid.UUID]string {
	w.t.Helper()
	lines, list := map[uuid.UUID]string{}, w.list()
	for _, c := range cases {
		require.Contains(w.t, list, c.id)
		lines[c.id] = list[c.id].Version
	}
	return lines
}

func (w *world) release(lines, exclude map[uuid.UUID]string) collection.Released {
	w.t.Helper()
	done, err := w.Release(w.t.Context(), store.Everything, w.now, bert, collection.ReleaseBatch{
		Creditor: creditorID, Day: date(day(w.now)), Lines: lines, Exclude: exclude,
	})
	require.NoError(w.t, err)
	return done
}

// toRelease brings a case to the friendly reminder, which waits for its release.
func toRelease(t *testing.T) (*world, *testCase) {
	t.Helper()
	w, c, act := at(t, friendly)
	w.exec(`update creditor set mode = 'approve'`)
	require.Equal(t, "wait(not_released)", outcome(c.answer(act)))
	return w, c
}

func mismatch(c *testCase, code string) []collection.Mismatch {
	return []collection.Mismatch{{InvoiceID: c.id, Code: code}}
}

func TestRelease_TwiceIsOnce(t *testing.T) {
	t.Parallel()
	w, c := toRelease(t)
	lines := w.listed(c)
	require.Equal(t, 1, w.release(lines, nil).Released)
	again := w.release(lines, nil)
	require.Equal(t, 0, again.Released)
	require.Equal(t, 1, again.Already)
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, 1, w.release(lines, nil).Already, "sent since")
	require.Equal(t, 1, c.events("released"))
	require.Equal(t, int64(121000), read[int64](w, `select open_minor from release_item where step = 'reminder'`))
	w.intact()
}

func TestRelease_OfWhatChangedSinceItWasListedIsReported(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*world, *testCase)
		want   string
	}{
		{"paid in part", func(_ *world, c *testCase) { c.pay("p", 1000) }, collection.MismatchChanged},
		{"paid", func(_ *world, c *testCase) { c.pay("p", 121000) }, collection.MismatchNotListed},
		{"disputed", func(_ *world, c *testCase) { c.dispute() }, "disputed"},
		{"held", func(w *world, c *testCase) {
			_, err := w.PlaceHold(w.t.Context(), store.Everything, w.now, anna, c.id, collection.HoldRequest{Reason: "talks"})
			require.NoError(w.t, err)
		}, "held"},
		{"another address", func(w *world, _ *testCase) { w.exec(`update contact set email = 'other@buyer.example'`) }, collection.MismatchChanged},
		{"another number of the policy", func(w *world, _ *testCase) { w.exec(`update contact set mobile = ''`) }, collection.MismatchChanged},
		{"the day is over", func(w *world, _ *testCase) { w.now = amsterdam("2026-07-06 18:10") }, collection.MismatchWindowOver},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c := toRelease(t)
			lines := w.listed(c)
			sent := len(w.provider.sent)
			tt.change(w, c)
			done := w.release(lines, nil)
			require.Zero(t, done.Released)
			require.Equal(t, mismatch(c, tt.want), done.Mismatches)
			require.Zero(t, read[int](w, `select count(*) from release_item`))
			require.Len(t, w.provider.sent, sent)
			w.intact()
		})
	}
}

func TestRelease_OfWhatChangedAfterItIsNotSent(t *testing.T) {
	t.Parallel()
	w, c := toRelease(t)
	w.release(w.listed(c), nil)
	c.pay("p", 1000)
	require.Equal(t, "wait(not_released)", outcome(c.next()), "another amount is another message")
	require.Equal(t, "2026-07-07", day(c.current().At))
	w.release(w.listed(c), nil)
	require.Equal(t, "done", outcome(c.next()))
	require.Equal(t, int64(120000), read[int64](w, `select open_minor from release_item where step = 'reminder'`))
	w.intact()
}

func TestUnreleased_WaitsForTomorrowAndSaysSo(t *testing.T) {
	t.Parallel()
	w, c := toRelease(t)
	require.Equal(t, "waiting(not_released)", c.row(friendly))
	require.Equal(t, "2026-07-07", day(c.current().At))
	require.False(t, w.list()[c.id].ListedBefore)
	require.Equal(t, "wait(not_released)", outcome(c.next()))
	require.Equal(t, "2026-07-08", day(c.current().At))
	require.Equal(t, []string{"2026-07-06", "2026-07-07"}, w.column(`select day::text from release_wait order by day`))
	require.True(t, w.list()[c.id].ListedBefore)
	w.release(w.listed(c), nil)
	require.Equal(t, "done", outcome(c.next()))
	w.intact()
}

func TestRemovedLine_WaitsForTheNextDaysList(t *testing.T) {
	t.Parallel()
	w, c := toRelease(t)
	lines := w.listed(c)
	require.Equal(t, 1, w.release(nil, map[uuid.UUID]string{c.id: "check_first"}).Excluded)
	require.NotContains(t, w.list(), c.id)
	require.Equal(t, 1, c.events("release_excluded"))
	require.Equal(t, mismatch(c, collection.MismatchRemoved), w.release(lines, nil).Mismatches)
	require.Equal(t, "wait(not_released)", outcome(c.next()))
	require.Equal(t, 1, w.release(w.listed(c), nil).Released, "a day later")
	require.Equal(t, mismatch(c, collection.MismatchNotListed), w.release(nil, map[uuid.UUID]string{c.id: "too_late"}).Mismatches)
	_, err := w.Release(t.Context(), store.Everything, w.now, bert, collection.ReleaseBatch{
		Creditor: creditorID, Day: date(day(w.now)), Lines: lines, Exclude: lines,
	})
	refused(t, err, collection.Invalid, "named_twice")
	w.intact()
}

func TestListBefore_SaysWhatIsGoneAndWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mode(dunning.ModeApprove)
	cases := map[string]*testCase{}
	for _, name := range []string{"paid", "disputed", "sent", "stays"} {
		cases[name] = w.start(w.invoice(name))
		require.Equal(t, "wait(not_released)", outcome(cases[name].next()))
	}
	w.release(w.listed(cases["sent"]), nil)
	require.Equal(t, "done", outcome(cases["sent"].next()))
	cases["paid"].pay("p", 121000)
	cases["disputed"].dispute()
	w.wait(24 * time.Hour)
	since, before, err := w.store.ListedBefore(t.Context(), creditorID, date(day(w.now)))
	require.NoError(t, err)
	require.Equal(t, date("2026-06-01"), since)
	require.Len(t, before, 4)
	for _, b := range before {
		switch b.Number {
		case "paid":
			require.Equal(t, dunning.ReasonPaid, b.Outcome)
		case "sent":
			require.Equal(t, store.StepDone, b.State)
		default:
			require.True(t, b.State.Open())
		}
	}
	require.Len(t, w.list(), 1)
	require.True(t, w.list()[cases["stays"].id].ListedBefore)
}
