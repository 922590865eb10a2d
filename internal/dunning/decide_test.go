package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// onTheDay is a situation in which every step of the policy may be done: a business
// customer in the Netherlands, Wednesday 8 April 2026, 10:00.
func onTheDay(s *dunning.Step) dunning.Situation {
	return dunning.Situation{
		Now: instant(netherlands, "2026-04-08 10:00"), Place: netherlands, Step: s,
		Open: money.New(600000, "EUR"), Kind: dunning.KindBusiness, Mode: dunning.ModeAutomatic,
		Issued: date("2026-03-02"), Due: date("2026-04-15"), Spread: key,
	}
}

// days reads days.
func days(texts ...string) []calendar.Date {
	var list []calendar.Date
	for _, text := range texts {
		list = append(list, date(text))
	}
	return list
}

func TestDecide(t *testing.T) {
	t.Parallel()
	type situation = dunning.Situation
	until := func(s string) *calendar.Date { d := date(s); return &d }
	tests := []struct {
		name   string
		step   dunning.StepID
		change func(*situation)
		answer dunning.Answer
		reason dunning.Reason
		until  string // the customer's clock; empty: no time is known
	}{
		{"Go", "reminder", func(*situation) {}, dunning.AnswerGo, "", ""},

		{"Paid", "reminder", func(s *situation) { s.Closed = dunning.ReasonPaid }, dunning.AnswerSkipped, dunning.ReasonPaid, ""},
		{"Credited", "reminder", func(s *situation) { s.Closed = dunning.ReasonCredited }, dunning.AnswerSkipped, dunning.ReasonCredited, ""},
		{"WrittenOff", "reminder", func(s *situation) { s.Closed = dunning.ReasonWrittenOff }, dunning.AnswerSkipped, dunning.ReasonWrittenOff, ""},
		{"NothingOpen", "invoice", func(s *situation) { s.Open.Minor = 0 }, dunning.AnswerSkipped, dunning.ReasonPaid, ""},
		{"Overpaid", "invoice_copy", func(s *situation) { s.Open.Minor = -1 }, dunning.AnswerSkipped, dunning.ReasonPaid, ""},
		{"PaidThoughDisputed", "reminder", func(s *situation) { s.Closed, s.Disputed = dunning.ReasonPaid, true }, dunning.AnswerSkipped, dunning.ReasonPaid, ""},

		{"Disputed", "reminder", func(s *situation) { s.Disputed = true }, dunning.AnswerWait, dunning.ReasonDisputed, ""},
		{"DisputedInvoice", "invoice", func(s *situation) { s.Disputed = true }, dunning.AnswerWait, dunning.ReasonDisputed, ""},
		{"DoNotChase", "overdue_call", func(s *situation) { s.DoNotChase = true }, dunning.AnswerWait, dunning.ReasonDoNotChase, ""},
		{"HeldWithoutEnd", "reminder", func(s *situation) { s.HeldUntil = &calendar.Date{} }, dunning.AnswerWait, dunning.ReasonHeld, ""},
		{"HeldUntilFriday", "reminder", func(s *situation) { s.HeldUntil = until("2026-04-10") }, dunning.AnswerWait, dunning.ReasonHeld, "2026-04-13 09:49"},
		{"HeldUntilToday", "overdue_call", func(s *situation) { s.HeldUntil = until("2026-04-08") }, dunning.AnswerWait, dunning.ReasonHeld, "2026-04-09 09:49"},
		{"HeldUntilYesterday", "reminder", func(s *situation) { s.HeldUntil = until("2026-04-07") }, dunning.AnswerGo, "", ""},
		{"PromisedForToday", "reminder", func(s *situation) { s.PromisedUntil = date("2026-04-08") }, dunning.AnswerWait, dunning.ReasonPromisePending, "2026-04-09 09:49"},
		{"PromisedOverKingsDay", "stricter_reminder", func(s *situation) { s.PromisedUntil = date("2026-04-24") }, dunning.AnswerWait, dunning.ReasonPromisePending, "2026-04-28 09:49"},
		{"PromiseOver", "reminder", func(s *situation) { s.PromisedUntil = date("2026-04-07") }, dunning.AnswerGo, "", ""},
		{"Stopped", "invoice", func(s *situation) { s.Stopped = true }, dunning.AnswerWait, dunning.ReasonStopped, ""},
		{"StoppedCopy", "invoice_copy", func(s *situation) { s.Stopped = true }, dunning.AnswerWait, dunning.ReasonStopped, ""},
		{"CopyThoughDisputed", "invoice_copy", func(s *situation) { s.Disputed, s.DoNotChase = true, true }, dunning.AnswerGo, "", ""},
		{"CopyThoughHeld", "invoice_copy", func(s *situation) { s.HeldUntil, s.PromisedUntil = &calendar.Date{}, date("2026-05-01") }, dunning.AnswerGo, "", ""},
		{"DisputedBeforeShadow", "reminder", func(s *situation) { s.Disputed, s.Mode = true, dunning.ModeShadow }, dunning.AnswerWait, dunning.ReasonDisputed, ""},

		{"Consumer", "reminder", func(s *situation) { s.Kind = dunning.KindConsumer }, dunning.AnswerSkipped, dunning.ReasonNotApplicable, ""},
		{"SoleTrader", "agency_hand_off", func(s *situation) { s.Kind = dunning.KindSoleTrader }, dunning.AnswerSkipped, dunning.ReasonNotApplicable, ""},
		{"Unknown", "sales_escalation", func(s *situation) { s.Kind = dunning.KindUnknown }, dunning.AnswerSkipped, dunning.ReasonNotApplicable, ""},
		{"NobodySaid", "reminder", func(s *situation) { s.Kind = "" }, dunning.AnswerSkipped, dunning.ReasonNotApplicable, ""},
		{"PublicBody", "reminder", func(s *situation) { s.Kind = dunning.KindPublicBody }, dunning.AnswerGo, "", ""},
		{"InvoiceToAConsumer", "invoice", func(s *situation) { s.Kind = dunning.KindConsumer }, dunning.AnswerGo, "", ""},
		{"CopyToAConsumer", "invoice_copy", func(s *situation) { s.Kind = dunning.KindConsumer }, dunning.AnswerGo, "", ""},
		{"DeliveryCheckOfAConsumer", "delivery_check", func(s *situation) { s.Kind = dunning.KindConsumer }, dunning.AnswerGo, "", ""},
		{"BelowTheMinimum", "reminder", func(s *situation) { s.MinimumAmountMinor = 600001 }, dunning.AnswerSkipped, dunning.ReasonBelowMinimum, ""},
		{"AtTheMinimum", "reminder", func(s *situation) { s.MinimumAmountMinor = 600000 }, dunning.AnswerGo, "", ""},
		{"InvoiceBelowTheMinimum", "invoice", func(s *situation) { s.MinimumAmountMinor = 600001 }, dunning.AnswerGo, "", ""},

		{"CourtesyForTheAmount", "courtesy_call", func(s *situation) { s.Open.Minor = 500000 }, dunning.AnswerGo, "", ""},
		{"NoCourtesyForLess", "courtesy_call", func(s *situation) { s.Open.Minor = 499999 }, dunning.AnswerSkipped, dunning.ReasonNotApplicable, ""},
		{"CourtesyForANewCustomer", "courtesy_call", func(s *situation) { s.Open.Minor, s.NewCustomer = 1, true }, dunning.AnswerGo, "", ""},
		{"CourtesyForALatePayer", "courtesy_call", func(s *situation) { s.Open.Minor, s.PaidLate = 1, true }, dunning.AnswerGo, "", ""},
		{"CourtesyForABrokenPromise", "courtesy_call", func(s *situation) { s.Open.Minor, s.BrokePromise = 1, true }, dunning.AnswerGo, "", ""},
		{"NoCourtesyOnTheDueDate", "courtesy_call", func(s *situation) { s.Due = date("2026-04-08") }, dunning.AnswerSkipped, dunning.ReasonNotApplicable, ""},
		{"NoCourtesyAfterIt", "courtesy_call", func(s *situation) { s.Due = date("2026-04-01") }, dunning.AnswerSkipped, dunning.ReasonNotApplicable, ""},
		{"NoCourtesyAtNightEither", "courtesy_call", func(s *situation) { s.Due, s.Now = date("2026-04-01"), instant(netherlands, "2026-04-11 02:30") }, dunning.AnswerSkipped, dunning.ReasonNotApplicable, ""},
		{"NoCourtesyForThirteenDays", "courtesy_call", func(s *situation) { s.Issued = date("2026-04-02") }, dunning.AnswerSkipped, dunning.ReasonNotApplicable, ""},
		{"CourtesyForFourteenDays", "courtesy_call", func(s *situation) { s.Issued = date("2026-04-01") }, dunning.AnswerGo, "", ""},
		{"ReminderForShortTerms", "reminder", func(s *situation) { s.Issued, s.Due = date("2026-04-01"), date("2026-04-03") }, dunning.AnswerGo, "", ""},

		{"CreditCovers", "agency_hand_off", func(s *situation) { s.CreditCovers = true }, dunning.AnswerWait, dunning.ReasonCreditCovers, "2026-04-15 08:19"},
		{"CreditCoversTheInvoiceToo", "invoice", func(s *situation) { s.CreditCovers = true }, dunning.AnswerGo, "", ""},
		{"CopyThoughCreditCovers", "invoice_copy", func(s *situation) { s.CreditCovers = true }, dunning.AnswerGo, "", ""},

		{"LastDay", "reminder", func(s *situation) { s.Planned = instant(netherlands, "2026-03-30 09:49") }, dunning.AnswerGo, "", ""},
		{"TooLate", "reminder", func(s *situation) { s.Planned = instant(netherlands, "2026-03-27 09:49") }, dunning.AnswerFailed, dunning.ReasonTooLate, ""},
		{"InvoiceTooLate", "invoice", func(s *situation) { s.Planned = instant(netherlands, "2026-03-25 09:49") }, dunning.AnswerFailed, dunning.ReasonTooLate, ""},
		{"CopyTooLate", "invoice_copy", func(s *situation) { s.Planned = instant(netherlands, "2026-03-25 09:49") }, dunning.AnswerFailed, dunning.ReasonTooLate, ""},
		{"TriedLater", "reminder", func(s *situation) {
			s.Planned, s.FirstTried = instant(netherlands, "2026-03-25 09:49"), instant(netherlands, "2026-04-07 09:49")
		}, dunning.AnswerGo, "", ""},
		{"TriedLongAgo", "sales_escalation", func(s *situation) { s.FirstTried = instant(netherlands, "2026-03-25 09:49") }, dunning.AnswerFailed, dunning.ReasonTooLate, ""},
		{"TooLateAtNightToo", "reminder", func(s *situation) {
			s.Planned, s.Now = instant(netherlands, "2026-03-25 09:49"), instant(netherlands, "2026-04-08 02:00")
		}, dunning.AnswerFailed, dunning.ReasonTooLate, ""},
		{"TooLateBeforeTheCap", "reminder", func(s *situation) { s.Planned, s.ContactedToday = instant(netherlands, "2026-03-25 09:49"), true }, dunning.AnswerFailed, dunning.ReasonTooLate, ""},
		{"TooLateBeforeItsRelease", "reminder", func(s *situation) {
			s.Planned, s.Mode = instant(netherlands, "2026-03-25 09:49"), dunning.ModeApprove
		}, dunning.AnswerFailed, dunning.ReasonTooLate, ""},
		{"TooLateThoughPaymentsAreStale", "reminder", func(s *situation) {
			s.Planned, s.Due, s.PaymentsStale = instant(netherlands, "2026-03-25 09:49"), date("2026-03-20"), true
		}, dunning.AnswerFailed, dunning.ReasonTooLate, ""},
		{"PaidBeforeTooLate", "reminder", func(s *situation) { s.Planned, s.Closed = instant(netherlands, "2026-03-25 09:49"), dunning.ReasonPaid }, dunning.AnswerSkipped, dunning.ReasonPaid, ""},
		{"DisputedBeforeTooLate", "reminder", func(s *situation) { s.Planned, s.Disputed = instant(netherlands, "2026-03-25 09:49"), true }, dunning.AnswerWait, dunning.ReasonDisputed, ""},
		{"CreditCoversBeforeTooLate", "reminder", func(s *situation) {
			s.Planned, s.CreditCovers = instant(netherlands, "2026-03-25 09:49"), true
		}, dunning.AnswerWait, dunning.ReasonCreditCovers, "2026-04-15 09:49"},
		{"ShadowOfWhatIsLate", "reminder", func(s *situation) { s.Planned, s.Mode = instant(netherlands, "2026-03-25 09:49"), dunning.ModeShadow }, dunning.AnswerSkipped, dunning.ReasonShadow, ""},
		{"ProofIsNeverLate", "invoice", func(s *situation) { s.Planned, s.AlreadySent = instant(netherlands, "2026-03-03 09:49"), true }, dunning.AnswerGo, "", ""},
		{"CallMadeLate", "overdue_call", func(s *situation) { s.Planned = instant(netherlands, "2026-03-03 09:49") }, dunning.AnswerGo, "", ""},
		{"SalesAskedLate", "sales_escalation", func(s *situation) { s.Planned = instant(netherlands, "2026-03-03 09:49") }, dunning.AnswerGo, "", ""},
		{"HandOffAskedLate", "agency_hand_off", func(s *situation) { s.Planned = instant(netherlands, "2026-03-03 09:49") }, dunning.AnswerGo, "", ""},
		{"DeliveryAskedLate", "delivery_check", func(s *situation) { s.Planned = instant(netherlands, "2026-03-03 09:49") }, dunning.AnswerGo, "", ""},

		{"Shadow", "reminder", func(s *situation) { s.Mode = dunning.ModeShadow }, dunning.AnswerSkipped, dunning.ReasonShadow, ""},
		{"ShadowThoughCreditCovers", "reminder", func(s *situation) { s.Mode, s.CreditCovers = dunning.ModeShadow, true }, dunning.AnswerWait, dunning.ReasonCreditCovers, "2026-04-15 09:49"},
		{"ShadowInvoice", "invoice", func(s *situation) { s.Mode = dunning.ModeShadow }, dunning.AnswerSkipped, dunning.ReasonShadow, ""},
		{"ShadowTask", "delivery_check", func(s *situation) { s.Mode = dunning.ModeShadow }, dunning.AnswerSkipped, dunning.ReasonShadow, ""},
		{"ShadowReleased", "reminder", func(s *situation) { s.Mode, s.Released = dunning.ModeShadow, true }, dunning.AnswerSkipped, dunning.ReasonShadow, ""},
		{"ShadowProof", "invoice", func(s *situation) { s.Mode, s.AlreadySent = dunning.ModeShadow, true }, dunning.AnswerGo, "", ""},

		{"TooEarly", "reminder", func(s *situation) { s.Now = instant(netherlands, "2026-04-08 08:59") }, dunning.AnswerWait, dunning.ReasonOutsideWindow, "2026-04-08 09:49"},
		{"LunchBreak", "overdue_call", func(s *situation) { s.Now = instant(netherlands, "2026-04-08 12:30") }, dunning.AnswerWait, dunning.ReasonOutsideWindow, "2026-04-08 14:19"},
		{"Saturday", "invoice", func(s *situation) { s.Now = instant(netherlands, "2026-04-11 10:00") }, dunning.AnswerWait, dunning.ReasonOutsideWindow, "2026-04-13 08:19"},
		{"GoodFriday", "final_notice", func(s *situation) { s.Now = instant(netherlands, "2026-04-03 10:00") }, dunning.AnswerWait, dunning.ReasonOutsideWindow, "2026-04-07 09:49"},
		{"ProofOnSaturday", "invoice", func(s *situation) { s.Now, s.AlreadySent = instant(netherlands, "2026-04-11 10:00"), true }, dunning.AnswerGo, "", ""},
		{"ReminderOnSaturday", "reminder", func(s *situation) { s.Now, s.AlreadySent = instant(netherlands, "2026-04-11 10:00"), true }, dunning.AnswerWait, dunning.ReasonOutsideWindow, "2026-04-13 09:49"},

		{"CappedOnSaturday", "reminder", func(s *situation) { s.Now, s.ContactedToday = instant(netherlands, "2026-04-11 10:00"), true }, dunning.AnswerWait, dunning.ReasonOutsideWindow, "2026-04-13 09:49"},
		{"Cap", "reminder", func(s *situation) { s.ContactedToday = true }, dunning.AnswerWait, dunning.ReasonContactCap, "2026-04-09 09:49"},
		{"WeeklyCap", "reminder", func(s *situation) { s.WeeklyCap, s.Contacts = 2, days("2026-04-03", "2026-04-07") }, dunning.AnswerWait, dunning.ReasonContactCap, "2026-04-10 09:49"},
		{"WeeklyCapOverTheWeekend", "reminder", func(s *situation) { s.WeeklyCap, s.Contacts = 1, days("2026-04-04") }, dunning.AnswerWait, dunning.ReasonContactCap, "2026-04-13 09:49"},
		{"WeeklyCapWithToday", "reminder", func(s *situation) { s.WeeklyCap, s.Contacts, s.ContactedToday = 2, days("2026-04-07"), true }, dunning.AnswerWait, dunning.ReasonContactCap, "2026-04-14 09:49"},
		{"WeeklyCapLeavesRoom", "reminder", func(s *situation) { s.WeeklyCap, s.Contacts = 2, days("2026-04-01", "2026-04-07") }, dunning.AnswerGo, "", ""},
		{"NoWeeklyCap", "reminder", func(s *situation) { s.Contacts = days("2026-04-02", "2026-04-03", "2026-04-07") }, dunning.AnswerGo, "", ""},
		{"NoWeeklyCapForTheInvoice", "invoice", func(s *situation) { s.WeeklyCap, s.Contacts = 1, days("2026-04-07") }, dunning.AnswerGo, "", ""},
		{"NoCapForTheInvoice", "invoice", func(s *situation) { s.ContactedToday = true }, dunning.AnswerGo, "", ""},
		{"NoCapForACopy", "invoice_copy", func(s *situation) { s.ContactedToday = true }, dunning.AnswerGo, "", ""},
		{"NoCapForTheCallList", "overdue_call", func(s *situation) { s.ContactedToday = true }, dunning.AnswerGo, "", ""},
		{"NoCapForSales", "sales_escalation", func(s *situation) { s.ContactedToday = true }, dunning.AnswerGo, "", ""},

		{"NotReleased", "reminder", func(s *situation) { s.Mode = dunning.ModeApprove }, dunning.AnswerWait, dunning.ReasonNotReleased, "2026-04-09 09:49"},
		{"InvoiceNotReleased", "invoice", func(s *situation) { s.Mode = dunning.ModeApprove }, dunning.AnswerWait, dunning.ReasonNotReleased, "2026-04-09 08:19"},
		{"CopyNotReleased", "invoice_copy", func(s *situation) { s.Mode = dunning.ModeApprove }, dunning.AnswerWait, dunning.ReasonNotReleased, "2026-04-09 08:19"},
		{"Released", "reminder", func(s *situation) { s.Mode, s.Released = dunning.ModeApprove, true }, dunning.AnswerGo, "", ""},
		{"ProofNeedsNoRelease", "invoice", func(s *situation) { s.Mode, s.AlreadySent = dunning.ModeApprove, true }, dunning.AnswerGo, "", ""},
		{"ReminderOfAProofNeedsOne", "reminder", func(s *situation) { s.Mode, s.AlreadySent = dunning.ModeApprove, true }, dunning.AnswerWait, dunning.ReasonNotReleased, "2026-04-09 09:49"},
		{"CallNeedsNoRelease", "overdue_call", func(s *situation) { s.Mode = dunning.ModeApprove }, dunning.AnswerGo, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := onTheDay(step(t, shipped(dunning.PolicyStandard), tt.step))
			tt.change(&s)
			got := dunning.Decide(s)
			require.Equal(t, tt.answer, got.Answer, "reason %s", got.Reason)
			require.Equal(t, tt.reason, got.Reason)
			if tt.until == "" {
				require.Zero(t, got.NotBefore)
				return
			}
			require.Equal(t, tt.until, clock(netherlands, got.NotBefore))
		})
	}
}

// A condition without a line is met by nobody.
func TestDecide_EmptyCondition(t *testing.T) {
	t.Parallel()
	s := onTheDay(&dunning.Step{ID: "x", Do: dunning.DoMessage, Channels: []dunning.Channel{dunning.ChannelEmail}, OnlyIf: &dunning.Condition{}})
	s.NewCustomer, s.PaidLate, s.BrokePromise = true, true, true
	require.Equal(t, dunning.ReasonNotApplicable, dunning.Decide(s).Reason)
}

func TestToneFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		step, sent, want dunning.Tone
	}{
		{dunning.ToneFriendly, dunning.ToneNone, dunning.ToneFriendly},
		{dunning.ToneFirm, dunning.ToneNone, dunning.ToneFriendly}, // a late arrival's first message is never the strict one
		{dunning.ToneFinal, dunning.ToneNone, dunning.ToneFriendly},
		{dunning.ToneFirm, dunning.ToneFriendly, dunning.ToneFirm},
		{dunning.ToneFinal, dunning.ToneFriendly, dunning.ToneFirm},
		{dunning.ToneFinal, dunning.ToneFirm, dunning.ToneFinal},
		{dunning.ToneFriendly, dunning.ToneFinal, dunning.ToneFriendly},
		{dunning.ToneNone, dunning.ToneFirm, dunning.ToneNone},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, dunning.ToneFor(&dunning.Step{Tone: tt.step}, tt.sent), "%d after %d", tt.step, tt.sent)
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		after int
		tried string
		want  string
	}{
		{"FiveBusinessDays", 5, "2026-04-08 10:00", "2026-04-15 18:00"},
		{"OverEaster", 5, "2026-04-01 10:00", "2026-04-10 18:00"},
		{"StandardValue", 0, "2026-04-08 10:00", "2026-04-15 18:00"},
		{"OneDay", 1, "2026-04-10 17:59", "2026-04-13 18:00"},
		{"OverTheClockChange", 2, "2026-10-23 10:00", "2026-10-27 18:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := dunning.Deadline(&dunning.Step{DeadlineAfter: tt.after}, netherlands, instant(netherlands, tt.tried))
			require.Equal(t, tt.want, clock(netherlands, got))
			require.True(t, got.After(instant(netherlands, tt.tried).Add(24*time.Hour)))
		})
	}
}
