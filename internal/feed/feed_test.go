package feed_test

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/feed"
	"maan/internal/store"
)

var (
	id  = uuid.MustParse("0190a7c0-0000-7000-8000-000000000001")
	day = calendar.DateOf(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
)

func line(kind, data string) store.FeedLine {
	return store.FeedLine{
		Position: 7, CreditorID: "acme", InvoiceID: id, InvoiceNumber: "2026-1", CustomerNumber: "C-1", Currency: "EUR", RunNo: 2, Seq: 9, Kind: kind,
		Data: []byte(data), Hash: strings.Repeat("0123456789abcdef", 4), BusinessAt: time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC),
		RecordedAt: time.Date(2026, 6, 1, 9, 0, 1, 0, time.UTC), Stage: "reminder", Channel: "email", Template: "reminder", Audience: "customer",
		ValueDate: &day, ReceiptID: &id, Reverses: &id,
	}
}

func TestOf_SaysWhatTheTablePromisesAndNothingElse(t *testing.T) {
	t.Parallel()
	const message = `"message_id":"m","channel":"email","template":"reminder","audience":"customer"`
	for _, tt := range []struct{ kind, data, is, want string }{
		{"invoice_received", `{"source":"api","amount_minor":121000,"currency":"EUR","due_date":"2026-07-01","policy":"standard","content_hash":"x"}`, "invoice.received", `{"amount":{"amount":"1210.00","currency":"EUR"},"due_date":"2026-07-01","policy":"standard","source":"api"}`},
		{"delivered", `{"delivery_id":"d","on":"2026-06-01","last":true}`, "invoice.delivered", `{"delivery_id":"d","on":"2026-06-01","last":true}`},
		{"amended", `{"due_date":"2026-07-15","due_date_before":"2026-06-30"}`, "invoice.amended", `{"due_date":"2026-07-15","due_date_before":"2026-06-30"}`},
		{"step_done", `{"step":"reminder","occurrence":1,"reason":"","reference":"m"}`, "stage.reached", `{"stage":"reminder","step":"reminder","occurrence":1,"reference":"m"}`},
		{"step_skipped", `{"step":"reminder","occurrence":1,"reason":"paid","reference":""}`, "step.skipped", `{"stage":"reminder","step":"reminder","occurrence":1,"reason":"paid"}`},
		{"step_failed", `{"step":"reminder","occurrence":1,"reason":"bounced"}`, "step.failed", `{"stage":"reminder","step":"reminder","occurrence":1,"reason":"bounced"}`},
		{"step_reopened", `{"step":"reminder","occurrence":2,"why":"contact_mended"}`, "step.reopened", `{"stage":"reminder","step":"reminder","occurrence":2,"why":"contact_mended"}`},
		{"message_sent", `{"message_id":"m","code":""}`, "message.sent", `{` + message + `}`},
		{"message_not_sent", `{"message_id":"m","code":"status_429"}`, "message.not_sent", `{` + message + `,"code":"status_429"}`},
		{"message_bounced", `{"message_id":"m","code":"550"}`, "message.bounced", `{` + message + `,"code":"550"}`},
		{"message_complained", `{"message_id":"m","code":"spamreport"}`, "message.complained", `{` + message + `,"code":"spamreport"}`},
		{"channel_silenced", `{"silence_id":"s","channel":"sms","reason":"stop"}`, "channel.silenced", `{"channel":"sms","reason":"stop"}`},
		{"channel_restored", `{"channel":"sms"}`, "channel.restored", `{"channel":"sms"}`},
		{"reply_received", `{"reply_id":"r","message_id":"m","channel":"email","automatic":"","task_id":"t","paused":true}`, "reply.received", `{"reply_id":"r","message_id":"m","channel":"email","task_id":"t","paused":true}`},
		{"message_uncertain", `{"message_id":"m"}`, "message.uncertain", `{` + message + `}`},
		{"message_processed", `{"message_id":"m","code":"x"}`, "message.confirmed", `{` + message + `}`},
		{"message_deferred", `{"message_id":"m","code":"x"}`, "message.confirmed", `{` + message + `}`},
		{"message_delivered", `{"message_id":"m","code":"x"}`, "message.confirmed", `{` + message + `}`},
		{"message_shadowed", `{"message_id":"m","step":"reminder","channel":"email"}`, "message.shadowed", `{` + message + `}`},
		{"paused", `{"pauses":[{"reason":"held","why":"in_talks","until":"2026-06-09"}]}`, "case.paused", `{"pauses":[{"reason":"held","why":"in_talks","until":"2026-06-09"}]}`},
		{"resumed", `{}`, "case.resumed", `{}`},
		{"dispute_opened", `{"dispute_id":"d","reason":"quality"}`, "dispute.opened", `{"dispute_id":"d","reason":"quality"}`},
		{"dispute_resolved", `{"dispute_id":"d","resolution":"upheld"}`, "dispute.resolved", `{"dispute_id":"d","resolution":"upheld"}`},
		{"hold_placed", `{"hold_id":"h","reason":"in_talks","scope":"customer","note":"secret"}`, "hold.placed", `{"hold_id":"h","reason":"in_talks","scope":"customer"}`},
		{"hold_released", `{"hold_id":"h"}`, "hold.released", `{"hold_id":"h"}`},
		{"do_not_chase", `{"set":false}`, "do_not_chase.changed", `{"set":false}`},
		{"promised", `{"promise_id":"p","on":"2026-06-09","holds_until":"2026-06-12"}`, "promise.made", `{"promise_id":"p","on":"2026-06-09","holds_until":"2026-06-12"}`},
		{"promise_kept", `{"promise_id":"p"}`, "promise.kept", `{"promise_id":"p"}`},
		{"promise_broken", `{"promise_id":"p"}`, "promise.broken", `{"promise_id":"p"}`},
		{"promise_replaced", `{"promise_id":"p"}`, "promise.replaced", `{"promise_id":"p"}`},
		{"receipt", `{"receipt_id":"r","kind":"payment","amount_minor":500,"currency":"JPY","on":"2026-06-01","status":"review"}`, "receipt.recorded", `{"receipt_id":"r","kind":"payment","amount":{"amount":"500","currency":"JPY"},"on":"2026-06-01","status":"review"}`},
		{"receipt_reversed", `{"receipt_id":"r","reason":"returned"}`, "receipt.reversed", `{"receipt_id":"r","reason":"returned"}`},
		{"booked", `{"entry_id":"e","kind":"write_off","amount_minor":-9007199254740993,"customer_credit":false}`, "ledger.booked", `{"entry_id":"e","kind":"write_off","amount":{"amount":"-90071992547409.93","currency":"EUR"},"customer_credit":false,"value_date":"2026-06-01","receipt_id":"` + id.String() + `","reverses":"` + id.String() + `"}`},
		{"allocation_proposed", `{"bank_entry_id":"b","amount_minor":160000,"rule":"known_iban_subset"}`, "allocation.proposed", `{"bank_entry_id":"b","amount":{"amount":"1600.00","currency":"EUR"},"rule":"known_iban_subset"}`},
		{"handed_off", `{"message_id":"m"}`, "case.handed_off", `{"message_id":"m"}`},
		{"recalled", `{}`, "case.recalled", `{}`},
		{"closed", `{"outcome":"paid","run":2}`, "case.closed", `{"outcome":"paid"}`},
		{"reopened", `{"run":2}`, "case.reopened", `{}`},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel()
			e, err := feed.Of(line(tt.kind, tt.data))
			require.NoError(t, err)
			require.Equal(t, feed.Type(tt.is), e.Type)
			require.Contains(t, feed.Types(), e.Type)
			require.Contains(t, feed.Kinds([]feed.Type{e.Type}), tt.kind)
			data, err := json.Marshal(e.Data)
			require.NoError(t, err)
			require.JSONEq(t, tt.want, string(data))
		})
	}
	require.Len(t, feed.Kinds(nil), 38, "the table above has every kind")
}

func TestOf_WritesTheEnvelope(t *testing.T) {
	t.Parallel()
	e, err := feed.Of(line("closed", `{"outcome":"paid"}`))
	require.NoError(t, err)
	text, err := json.Marshal(e)
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"evt_0123456789abcdef0123456789abcdef","type":"case.closed","occurred_at":"2026-06-01T09:00:00Z",
		"recorded_at":"2026-06-01T09:00:01Z","creditor":"acme","invoice_id":"0190a7c0-0000-7000-8000-000000000001","invoice_number":"2026-1",
		"customer_number":"C-1","run":2,"sequence":9,"data":{"outcome":"paid"}}`, string(text))
}

func TestOf_RefusesWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	for _, l := range []store.FeedLine{
		line("step_waits", `{}`), line("task_opened", `{}`), line("message_claimed", `{}`), line("", `{}`),
		line("closed", `no json`), line("booked", `{"amount_minor":1.5}`), line("booked", `{"amount_minor":1,"currency":2}`),
	} {
		_, err := feed.Of(l)
		require.ErrorContains(t, err, id.String(), l.Kind)
		_, err = feed.OfAll([]store.FeedLine{l})
		require.Error(t, err)
	}
}

// A page, and with it a webhook, goes on past a line that says less than the others.
func TestOfAll_LeavesOutAnAmountThatALineDoesNotHave(t *testing.T) {
	t.Parallel()
	events, err := feed.OfAll([]store.FeedLine{line("booked", `{"kind":"payment"}`), line("booked", `{"amount_minor":0}`)})
	require.NoError(t, err)
	require.NotContains(t, events[0].Data, "amount")
	require.Contains(t, events[0].Data, "kind")
	require.Equal(t, feed.Amount{Amount: "0.00", Currency: "EUR"}, events[1].Data["amount"])
}

func TestKinds_OfUnknownTypesAreNone(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{}, feed.Kinds([]feed.Type{"nothing"}))
	require.Equal(t, []string{"message_processed", "message_deferred", "message_delivered"}, feed.Kinds([]feed.Type{feed.MessageConfirmed}))
}

func TestCursor_IsGivenBackAsItWas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		mark := store.FeedMark{Position: rapid.Int64Range(0, math.MaxInt64).Draw(t, "position"), Hash: rapid.StringMatching(`([0-9a-f]{8})?`).Draw(t, "hash")}
		text := feed.Cursor(mark)
		got, err := feed.ParseCursor(text)
		if err != nil || got != mark || len(text) > 60 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Fatalf("%+v became %q and %+v: %v", mark, text, got, err)
		}
	})
	begin, err := feed.ParseCursor("")
	require.NoError(t, err)
	require.Zero(t, begin)
}

func TestParseCursor_RefusesWhatItNeverWrote(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1", ":", "-1:", "01:", "+1:", "1:ABCDEF01", "1:abc", "1:abcdef012", "1:abcdef01 ", "1:abcdef01\n", "9999999999999999999:", "-0:"} {
		_, err := feed.ParseCursor(base64.RawURLEncoding.EncodeToString([]byte(text)))
		require.ErrorIs(t, err, feed.ErrCursor, "%q", text)
	}
	for _, cursor := range []string{"MTo=", "MTo\n", "MTo\r\n", "MT o", "MTp\n", "%", strings.Repeat("A", 100)} {
		_, err := feed.ParseCursor(cursor)
		require.ErrorIs(t, err, feed.ErrCursor, "%q", cursor)
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add("")
	f.Add(feed.Cursor(store.FeedMark{}))
	f.Add(feed.Cursor(store.FeedMark{Position: 12, Hash: "0a1b2c3d"}))
	f.Add("MTI6MGExYjJjM2R")
	f.Fuzz(func(t *testing.T, text string) {
		mark, err := feed.ParseCursor(text)
		if err == nil && text != "" && feed.Cursor(mark) != text {
			t.Fatalf("%q was read as %+v, which is written %q", text, mark, feed.Cursor(mark))
		}
	})
}
