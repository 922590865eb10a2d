package law_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/law"
)

func TestFourteenDayLetter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		sending law.Sending
		want    [5]string // delivered, first day, legal last day, last day, costs from
	}{
		{
			"PostedOnAMonday",
			law.Sending{Sent: date("2026-06-01")},
			[5]string{"2026-06-02", "2026-06-03", "2026-06-16", "2026-06-22", "2026-06-23"},
		},
		{
			"NoPostOnASunday",
			law.Sending{Sent: date("2026-06-05")},
			[5]string{"2026-06-08", "2026-06-09", "2026-06-22", "2026-06-26", "2026-06-27"},
		},
		{
			"DeliveredLateWithProof",
			law.Sending{Sent: date("2026-06-01"), Delivered: date("2026-06-10")},
			[5]string{"2026-06-10", "2026-06-11", "2026-06-24", "2026-06-29", "2026-06-30"},
		},
		{
			"ByMail",
			law.Sending{Sent: date("2026-06-01"), ByMail: true},
			[5]string{"2026-06-01", "2026-06-02", "2026-06-15", "2026-06-18", "2026-06-19"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := law.FourteenDayLetter(tt.sending, law.DefaultRoom)
			require.NoError(t, err)
			require.Equal(t, tt.want, [5]string{
				d.DeliveredOn.String(), d.FirstDay.String(), d.LegalLastDay.String(), d.LastDay.String(), d.ClaimCostsFrom.String(),
			})
			require.Equal(t, d.LegalLastDay.AddDays(1), d.LegalClaimFrom)
			require.Equal(t, tt.sending.Delivered.IsZero(), d.PresumedDelivery)
		})
	}
	t.Run("CountingFromThePostingIsTooEarly", func(t *testing.T) {
		t.Parallel()
		d, err := law.FourteenDayLetter(law.Sending{Sent: date("2026-06-01")}, law.DefaultRoom)
		require.NoError(t, err)
		require.Equal(t, date("2026-06-17"), d.LegalClaimFrom)
		require.True(t, d.LegalLastDay.After(date("2026-06-01").AddDays(14)))
	})
	t.Run("EveryFaultIsNamed", func(t *testing.T) {
		t.Parallel()
		_, err := law.FourteenDayLetter(law.Sending{Delivered: date("1980-01-01")}, law.LetterRoom{})
		for _, place := range []string{"sent:", "delivered: write", "room:"} {
			require.ErrorContains(t, err, place)
		}
		_, err = law.FourteenDayLetter(law.Sending{Sent: date("2026-06-02"), Delivered: date("2026-06-01")}, law.DefaultRoom)
		require.ErrorContains(t, err, "before the day of sending")
	})
}

func TestLettersNeverEndBeforeTheLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sending := law.Sending{
			Sent:   date("2020-01-01").AddDays(rapid.IntRange(0, 5000).Draw(t, "sent")),
			ByMail: rapid.Bool().Draw(t, "by mail"),
		}
		if rapid.Bool().Draw(t, "proof") {
			sending.Delivered = sending.Sent.AddDays(rapid.IntRange(0, 30).Draw(t, "delivered"))
		}
		room := law.LetterRoom{DeliveryDays: rapid.IntRange(1, 60).Draw(t, "delivery"), SafetyDays: rapid.IntRange(0, 60).Draw(t, "safety")}
		d, err := law.FourteenDayLetter(sending, room)
		require.NoError(t, err)
		require.False(t, d.LastDay.Before(d.LegalLastDay))
		require.Equal(t, 14, d.LegalLastDay.DaysSince(d.DeliveredOn))
		require.True(t, calendar.For("NL", "").IsBusinessDay(d.LastDay))
	})
}

func TestBelgianFirstReminder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		sending law.Sending
		want    [3]string // first day, last day, claim from
	}{
		{"LetterTakesSeventeenDays", law.Sending{Sent: date("2026-06-01")}, [3]string{"2026-06-05", "2026-06-18", "2026-06-19"}},
		{"MailTakesFourteenDays", law.Sending{Sent: date("2026-06-01"), ByMail: true}, [3]string{"2026-06-02", "2026-06-15", "2026-06-16"}},
		{"SaturdayIsNoWorkingDay", law.Sending{Sent: date("2026-06-04")}, [3]string{"2026-06-10", "2026-06-23", "2026-06-24"}},
		{"NorIsAHoliday", law.Sending{Sent: date("2026-07-20")}, [3]string{"2026-07-25", "2026-08-07", "2026-08-08"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := law.BelgianFirstReminder(tt.sending)
			require.NoError(t, err)
			require.Equal(t, tt.want, [3]string{d.FirstDay.String(), d.LastDay.String(), d.ClaimCostsFrom.String()})
		})
	}
	_, err := law.BelgianFirstReminder(law.Sending{})
	require.ErrorContains(t, err, "sent:")
}

func TestLimitationDate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		country string
		kind    dunning.DebtorKind
		due     string
		want    string
		letter  bool
	}{
		{"NL", dunning.KindBusiness, "2026-05-31", "2031-05-31", true},
		{"NL", dunning.KindConsumer, "2026-05-31", "2028-05-31", true},
		{"FR", dunning.KindBusiness, "2026-05-31", "2031-05-31", false},
		{"FR", dunning.KindPublicBody, "2026-05-31", "2030-12-31", false},
		{"FR", dunning.KindConsumer, "2026-05-31", "2028-05-31", false},
		{"FR", dunning.KindSoleTrader, "2026-05-31", "2028-05-31", false},
		{"DE", dunning.KindBusiness, "2026-05-31", "2029-12-31", false},
		{"BE", dunning.KindUnknown, "2026-05-31", "2036-05-31", false},
		{"NL", dunning.KindPublicBody, "2024-02-29", "2029-02-28", true},
	} {
		got, known := law.LimitationDate(tt.country, tt.kind, date(tt.due))
		require.True(t, known)
		require.Equal(t, date(tt.want), got.Date, "%s %s", tt.country, tt.kind)
		require.Equal(t, tt.letter, got.ByLetter)
		require.False(t, got.Confirmed)
		require.NotEmpty(t, got.Law)
	}
	_, known := law.LimitationDate("GB", dunning.KindBusiness, date("2026-05-31"))
	require.False(t, known)
	_, known = law.LimitationDate("NL", dunning.KindBusiness, date(""))
	require.False(t, known)
}
