package collection_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

func (c *testCase) preview(step dunning.StepID, channel dunning.Channel) *collection.Preview {
	c.w.t.Helper()
	p, err := c.w.Preview(c.w.t.Context(), store.Everything, c.w.now, c.id, collection.PreviewQuery{Step: step, Channel: channel})
	require.NoError(c.w.t, err)
	return p
}

// written is everything that a preview could have written.
func (w *world) written() []string {
	return w.column(`select 'event ' || count(*) from case_event union all select 'message ' || count(*) from message
		union all select 'task ' || count(*) from task union all select 'letter ' || count(*) from claim_letter
		union all select 'document ' || count(*) from document union all select 'step ' || md5(string_agg(p::text, '' order by p.step)) from plan_step p`)
}

func TestPreview_IsWhatTheClaimWrites(t *testing.T) {
	t.Parallel()
	for _, step := range []dunning.StepID{"invoice", friendly, formal, "sales_escalation", "final_notice", "agency_hand_off"} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.begin()
			act := c.until(step)
			if step == "agency_hand_off" {
				require.Equal(t, string(dunning.ReasonNotReleased), c.preview(step, "").Code)
				c.approve()
			}
			before := w.written()
			p := c.preview("", "")
			require.Equal(t, before, w.written())
			require.True(t, p.WouldSend, p.Code)
			sent := c.claim(act)[0]
			require.Equal(t, step, p.Step.ID)
			require.Equal(t, sent.To, p.Recipient)
			require.Equal(t, sent.Subject, p.Subject)
			require.Equal(t, sent.Text, p.Text)
			require.Equal(t, sent.ReplyTo, p.ReplyTo)
			require.NotContains(t, p.HTML, "cid:qr")
			require.Len(t, p.Attachments, len(sent.Attachments))
			require.Equal(t, string(dunning.ReasonUnsettled), c.preview(step, "").Code, "it is leaving")
		})
	}
}

func TestPreview_OfTheFutureIsThatDaysMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	p := c.preview(formal, "")
	require.True(t, p.WouldSend, p.Code)
	require.Equal(t, "2026-07-15", day(*p.PlannedAt))
	require.Equal(t, *p.PlannedAt, p.At)
	require.Equal(t, dunning.ToneFirm, p.Tone, "the reminder will have been sent by then")
	require.Contains(t, p.Text, "14 dagen")
	text := c.preview(friendly, dunning.ChannelSMS)
	require.True(t, text.WouldSend)
	require.Equal(t, "+31612345678", text.Recipient)
	require.Empty(t, text.HTML)
}

func TestPreview_SaysWhyNot(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		change  func(*world, *testCase)
		channel dunning.Channel
		want    string
		written bool
	}{
		{"paid", func(_ *world, c *testCase) { c.pay("p", 121000) }, "", "paid", false},
		{"disputed", func(_ *world, c *testCase) { c.dispute() }, "", "disputed", true},
		{"shadow", func(w *world, _ *testCase) { w.exec(`update creditor set mode = 'shadow'`) }, "", "shadow", true},
		{"approve", func(w *world, _ *testCase) { w.exec(`update creditor set mode = 'approve'`) }, "", "not_released", true},
		{"outside the window", func(w *world, _ *testCase) { w.now = amsterdam("2026-07-06 18:30") }, "", "outside_window", true},
		{"stopped", func(w *world, _ *testCase) { w.exec(`update creditor set stopped = true`) }, "", "stopped", true},
		{"nobody to write to", func(w *world, _ *testCase) { w.exec(`update contact set email = ''`) }, "", "no_address", true},
		{"dead address", func(w *world, _ *testCase) { w.exec(`update contact set email_failed_at = now()`) }, "", "address_failed", true},
		{"no mobile", func(w *world, _ *testCase) { w.exec(`update contact set mobile = ''`) }, dunning.ChannelSMS, "no_mobile", true},
		{"public body", func(w *world, _ *testCase) { w.exec(`update customer set kind = 'public_body'`) }, dunning.ChannelSMS, "not_for_this_kind", false},
		{"too late", func(w *world, _ *testCase) {
			w.exec(`update plan_step set first_tried_at = $1 where step = 'reminder'`, w.now.AddDate(0, -1, 0))
		}, "", "too_late", true},
		{"master data incomplete", func(w *world, _ *testCase) { w.exec(`update creditor set iban = ''`) }, "", "incomplete_data", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c, _ := at(t, friendly)
			tt.change(w, c)
			before := w.written()
			p := c.preview(friendly, tt.channel)
			require.False(t, p.WouldSend)
			require.Equal(t, tt.want, p.Code)
			require.Equal(t, before, w.written())
			if tt.written {
				require.NotEmpty(t, p.Text)
			}
			require.NotContains(t, p.Recipient+p.HTML+p.Text, "nobody@invalid")
		})
	}
}

func TestPreview_KnowsEveryStep(t *testing.T) {
	t.Parallel()
	w, c, _ := at(t, friendly)
	require.Equal(t, collection.PreviewDone, c.preview("invoice", "").Code)
	require.Equal(t, collection.PreviewNotPlanned, c.preview(dunning.StepInvoiceCopy, "").Code)
	require.Equal(t, collection.PreviewNoNotice, c.preview("agency_hand_off", "").Code)
	elsewhere := w.start(w.invoice("2", func(n *collection.NewInvoice) {
		n.AlreadySent = &collection.SentElsewhere{Channel: "peppol", On: date("2026-06-01")}
	}))
	require.Equal(t, collection.PreviewElsewhere, elsewhere.preview("invoice", "").Code)
	for code, q := range map[string]collection.PreviewQuery{
		"unknown_step": {Step: "nonsense"}, "no_message": {Step: "courtesy_call"}, "not_of_this_step": {Step: "invoice", Channel: dunning.ChannelSMS},
	} {
		_, err := w.Preview(t.Context(), store.Everything, w.now, c.id, q)
		refused(t, err, collection.Invalid, code)
	}
	_, err := w.Preview(t.Context(), store.Scope{}, w.now, c.id, collection.PreviewQuery{})
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = w.Preview(t.Context(), store.Everything, w.now, uuid.New(), collection.PreviewQuery{})
	require.ErrorIs(t, err, store.ErrNotFound)
	p := c.preview(friendly, "")
	require.WithinDuration(t, w.now, p.At, time.Second)
	require.Contains(t, strings.ToLower(p.FromName), "acme")
}
