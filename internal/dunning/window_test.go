package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

func TestPlace_InWindow(t *testing.T) {
	t.Parallel()
	call := &dunning.Step{Do: dunning.DoCall}
	email := &dunning.Step{Do: dunning.DoMessage, Channels: []dunning.Channel{dunning.ChannelEmail}}
	sms := &dunning.Step{Do: dunning.DoMessage, Channels: []dunning.Channel{dunning.ChannelSMS}}
	both := &dunning.Step{Do: dunning.DoMessage, Channels: []dunning.Channel{dunning.ChannelEmail, dunning.ChannelSMS}}
	task := &dunning.Step{Do: dunning.DoTask}
	tests := []struct {
		name  string
		step  *dunning.Step
		day   string
		open  []string // the first minutes in a window
		close []string // the first minutes after one
	}{
		{"Call", call, "2026-04-08", []string{"09:00", "12:29", "13:30", "17:29"}, []string{"00:00", "08:59", "12:30", "13:29", "17:30", "23:59"}},
		{"Email", email, "2026-04-08", []string{"07:30", "12:45", "17:59"}, []string{"07:29", "18:00"}},
		{"SMS", sms, "2026-04-08", []string{"09:00", "13:00", "18:59"}, []string{"08:59", "19:00"}},
		{"Both", both, "2026-04-08", []string{"09:00", "17:59"}, []string{"07:45", "08:59", "18:00", "18:30"}},
		{"Task", task, "2026-04-08", []string{"07:30", "17:59"}, []string{"07:29", "18:00"}},
		{"Saturday", email, "2026-04-11", nil, []string{"07:30", "12:00"}},
		{"Sunday", call, "2026-04-12", nil, []string{"09:00", "12:00"}},
		{"GoodFriday", both, "2026-04-03", nil, []string{"09:00", "12:00"}},
		{"KingsDay", task, "2026-04-27", nil, []string{"09:00", "12:00"}},
		{"DayAfterTheClockWentForward", call, "2026-03-30", []string{"09:00"}, []string{"08:59"}},
		{"DayAfterTheClockWentBack", call, "2026-10-26", []string{"09:00"}, []string{"08:59"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, minute := range tt.open {
				require.True(t, netherlands.InWindow(tt.step, instant(netherlands, tt.day+" "+minute)), minute)
				require.True(t, netherlands.InWindow(tt.step, instant(netherlands, tt.day+" "+minute).Add(59*time.Second)), minute)
			}
			for _, minute := range tt.close {
				require.False(t, netherlands.InWindow(tt.step, instant(netherlands, tt.day+" "+minute)), minute)
			}
		})
	}
}

// The same instant is morning in one place and afternoon in another.
func TestPlace_InWindowOfTheCustomer(t *testing.T) {
	t.Parallel()
	call := &dunning.Step{Do: dunning.DoCall}
	at := time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC)
	require.True(t, placeOf("NL", "Europe/Amsterdam").InWindow(call, at)) // 09:30
	require.True(t, placeOf("FI", "Europe/Helsinki").InWindow(call, at))  // 10:30
	require.False(t, placeOf("GB", "Europe/London").InWindow(call, at))   // 08:30
	require.False(t, placeOf("ES", "Atlantic/Canary").InWindow(call, at)) // 08:30
	require.True(t, placeOf("FI", "Europe/Helsinki").InWindow(call, at.Add(-90*time.Minute)))
	require.False(t, placeOf("FI", "Europe/Helsinki").InWindow(call, at.Add(2*time.Hour))) // 12:30
}

func TestPlace_NextWindow(t *testing.T) {
	t.Parallel()
	call := &dunning.Step{Do: dunning.DoCall}
	email := &dunning.Step{Do: dunning.DoSendInvoice, Channels: []dunning.Channel{dunning.ChannelEmail}}
	const spread = 49*time.Minute + 14*time.Second // of the key
	tests := []struct {
		name string
		step *dunning.Step
		at   string
		want string
		now  bool // t itself: no spread
	}{
		{"AtOpening", call, "2026-04-08 09:00", "2026-04-08 09:00", false}, // asked again within the first hour, nothing comes forward
		{"BeforeItsTurn", call, "2026-04-08 09:49", "2026-04-08 09:00", false},
		{"AfterItsTurn", call, "2026-04-08 09:50", "2026-04-08 09:50", true},
		{"AfterLunchBeforeItsTurn", call, "2026-04-08 13:45", "2026-04-08 13:30", false},
		{"AfterLunch", call, "2026-04-08 14:20", "2026-04-08 14:20", true},
		{"LastMinute", call, "2026-04-08 17:29", "2026-04-08 17:29", true},
		{"NowForAnEmail", email, "2026-04-08 12:40", "2026-04-08 12:40", true},
		{"BeforeOpening", call, "2026-04-08 06:00", "2026-04-08 09:00", false},
		{"LunchBreak", call, "2026-04-08 12:30", "2026-04-08 13:30", false},
		{"Evening", call, "2026-04-08 17:30", "2026-04-09 09:00", false},
		{"FridayEvening", email, "2026-04-10 18:00", "2026-04-13 07:30", false},
		{"BeforeEaster", email, "2026-04-02 18:00", "2026-04-07 07:30", false},
		{"OverTheClockChange", email, "2026-03-28 18:00", "2026-03-30 07:30", false},
		{"OverNewYear", call, "2026-12-31 18:00", "2027-01-04 09:00", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := instant(netherlands, tt.want)
			if !tt.now {
				want = want.Add(spread)
			}
			got := netherlands.NextWindow(tt.step, instant(netherlands, tt.at), key)
			require.Equal(t, want.UTC(), got)
		})
	}
}

// A morning's messages do not leave in one second, and never after the first hour.
func TestPlace_NextWindowSpreads(t *testing.T) {
	t.Parallel()
	email := &dunning.Step{Do: dunning.DoSendInvoice, Channels: []dunning.Channel{dunning.ChannelEmail}}
	opening := instant(netherlands, "2026-04-08 07:30")
	minutes := map[int]int{}
	for i := range 2000 {
		at := netherlands.NextWindow(email, opening.Add(-time.Hour), dunning.Spread{Customer: key.Customer + string(rune('a'+i%26)) + date("2026-01-01").AddDays(i).String(), Invoice: key.Customer})
		require.False(t, at.Before(opening))
		require.True(t, at.Before(opening.Add(59*time.Minute)))
		minutes[int(at.Sub(opening).Minutes())]++
	}
	require.Len(t, minutes, 59)
	for minute, n := range minutes {
		require.Less(t, n, 100, "minute %d", minute)
	}
}

// The invoices of a customer have their own minutes, so that the first message is there before
// the second is due; what is done by a person, and the invoice itself, has none.
func TestPlace_NextWindowSpreadsACustomersInvoices(t *testing.T) {
	t.Parallel()
	first := instant(netherlands, "2026-04-08 09:49").Add(14 * time.Second)
	step := &dunning.Step{Do: dunning.DoMessage, Channels: []dunning.Channel{dunning.ChannelEmail}}
	minutes := map[int]int{}
	for i := range 1000 {
		share := dunning.Spread{Customer: key.Customer, Invoice: date("2026-01-01").AddDays(i).String()}
		after := netherlands.NextWindow(step, instant(netherlands, "2026-04-08 00:00"), share).Sub(first)
		require.GreaterOrEqual(t, after, time.Duration(0))
		require.Less(t, after, 10*time.Minute)
		minutes[int(after.Minutes())]++
		for _, do := range []dunning.Do{dunning.DoSendInvoice, dunning.DoCall, dunning.DoEscalate} {
			other := &dunning.Step{Do: do, Channels: step.Channels}
			at := instant(netherlands, "2026-04-08 00:00")
			require.Equal(t, netherlands.NextWindow(other, at, key), netherlands.NextWindow(other, at, share), do)
		}
	}
	require.Len(t, minutes, 10)
}

// What is due to a customer on a day goes together, whatever its channels.
func TestPlace_NextWindow_IsOneForAllMessages(t *testing.T) {
	t.Parallel()
	email, sms := []dunning.Channel{dunning.ChannelEmail}, []dunning.Channel{dunning.ChannelSMS}
	for _, at := range []string{"2026-04-07 18:30", "2026-04-08 00:00", "2026-04-08 07:40", "2026-04-08 09:10"} {
		for _, channels := range [][]dunning.Channel{email, sms, {dunning.ChannelEmail, dunning.ChannelSMS}} {
			step := &dunning.Step{Do: dunning.DoMessage, Channels: channels}
			got := netherlands.NextWindow(step, instant(netherlands, at), key)
			if at == "2026-04-07 18:30" && len(channels) == 1 && channels[0] == dunning.ChannelSMS {
				require.Equal(t, instant(netherlands, at).UTC(), got, "an SMS alone may go until 19:00")
				continue
			}
			require.Equal(t, instant(netherlands, "2026-04-08 09:49").Add(14*time.Second).UTC(), got)
		}
	}
}

func TestPlace_Date(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 31, 22, 30, 0, 0, time.UTC)
	require.Equal(t, date("2026-04-01"), netherlands.Date(at))
	require.Equal(t, date("2026-03-31"), placeOf("GB", "Europe/London").Date(at.Add(-time.Hour)))
}

// A country without a calendar keeps Monday to Friday less the TARGET holidays.
func TestPlace_UnknownCountry(t *testing.T) {
	t.Parallel()
	email := &dunning.Step{Do: dunning.DoMessage, Channels: []dunning.Channel{dunning.ChannelEmail}}
	finland := placeOf("FI", "Europe/Helsinki")
	require.False(t, calendar.Known("FI"))
	require.False(t, finland.InWindow(email, instant(finland, "2026-05-01 10:00")))
	require.True(t, finland.InWindow(email, instant(finland, "2026-05-14 10:00")), "Ascension Day is no TARGET holiday")
}
