package dunning_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// withHours is the small policy with contact hours.
func withHours(lines ...string) string {
	return small + "contact_hours:\n  " + strings.Join(lines, "\n  ") + "\n"
}

func TestParsePolicy_ContactHours(t *testing.T) {
	t.Parallel()
	p, err := dunning.ParsePolicy([]byte(withHours(
		`default: {sms: ["10:00-18:00"]}`,
		`FR: {call: ["10:00-12:30", "14:00-17:00"], email: ["08:00-17:00"]}`,
		`DE: {sms: ["09:30-17:00"]}`,
		`XK: {call: ["07:00-20:00"]}`)))
	require.NoError(t, err)
	for country, want := range map[string]string{
		"NL": "call 09:00-12:30 and 13:30-17:30, email 07:30-18:00, sms 10:00-18:00",
		"":   "call 09:00-12:30 and 13:30-17:30, email 07:30-18:00, sms 10:00-18:00",
		"FR": "call 10:00-12:30 and 14:00-17:00, email 08:00-17:00, sms 10:00-18:00",
		"DE": "call 09:00-12:30 and 13:30-17:30, email 07:30-18:00, sms 09:30-17:00",
		"XK": "call 07:00-20:00, email 07:30-18:00, sms 10:00-18:00",
	} {
		require.Equal(t, want, p.HoursIn(country).String(), country)
	}
	for _, id := range []string{dunning.PolicyStandard, dunning.PolicyKeyAccounts, dunning.PolicyManual} {
		require.Equal(t, "call 09:00-12:30 and 13:30-17:30, email 07:30-18:00, sms 09:00-19:00", shipped(id).HoursIn("FR").String())
	}
}

func TestParsePolicy_ContactHoursFaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, line, want string }{
		{"UnknownCountry", `UK: {call: ["09:00-12:00"]}`, "contact_hours UK: name default or the code of a country in capitals"},
		{"SmallLetters", `fr: {call: ["09:00-12:00"]}`, "contact_hours fr: name default"},
		{"UnknownChannel", `FR: {fax: ["09:00-12:00"]}`, "field fax not found"},
		{"CountryTwice", "FR: {call: [\"09:00-12:00\"]}\n  FR: {call: [\"09:00-12:00\"]}", "already defined"},
		{"NoChannel", `FR: {}`, "contact_hours FR: name hours for call, email or sms"},
		{"Nothing", `FR:`, "contact_hours FR: name hours for call, email or sms"},
		{"NoRange", `FR: {call: []}`, "contact_hours FR: call: give between 1 and 6 ranges"},
		{"NullRange", `FR: {call: [null]}`, `line 26: contact hours "null": write`},
		{"NullAmongOthers", `FR: {call: ["09:00-12:00", ~]}`, `contact hours "~"`},
		{"SevenRanges", `FR: {call: ["08:00-08:30", "09:00-09:30", "10:00-10:30", "11:00-11:30", "12:00-12:30", "13:00-13:30", "14:00-14:30"]}`, "give between 1 and 6 ranges"},
		{"Words", `FR: {call: ["morning"]}`, `line 26: contact hours "morning": write a beginning and an end`},
		{"OneHour", `FR: {call: ["9:00-12:00"]}`, `contact hours "9:00-12:00"`},
		{"NoSuchMinute", `FR: {call: ["09:00-12:60"]}`, `contact hours "09:00-12:60"`},
		{"NotAList", `FR: {call: "09:00-12:00"}`, "line 26: contact hours: give a list"},
		{"NotAMap", `FR: ["09:00-12:00"]`, "cannot unmarshal"},
		{"Backwards", `FR: {call: ["12:00-09:00"]}`, "call 12:00-09:00: the end comes at least 30 minutes after the beginning"},
		{"AMoment", `FR: {call: ["09:00-09:29"]}`, "the end comes at least 30 minutes after the beginning"},
		{"TooEarly", `FR: {email: ["06:59-12:00"]}`, "nobody is reached before 07:00 or from 20:00 on"},
		{"TooLate", `FR: {sms: ["09:00-20:01"]}`, "nobody is reached before 07:00 or from 20:00 on"},
		{"Overlap", `FR: {call: ["09:00-12:00", "11:59-15:00"]}`, "call 11:59-15:00: ranges stand in the order of the day"},
		{"Touching", `FR: {call: ["09:00-12:00", "12:00-15:00"]}`, "ranges stand in the order of the day"},
		{"OutOfOrder", `FR: {call: ["13:00-15:00", "09:00-12:00"]}`, "ranges stand in the order of the day"},
		{"NoTimeForBoth", `FR: {email: ["07:30-09:00"]}`, "contact_hours FR: email and sms leave no time for both"},
		{"NoTimeForBothByTheDefault", "default: {email: [\"07:30-10:00\"]}\n  FR: {sms: [\"10:00-18:00\"]}", "contact_hours FR: email and sms leave no time for both"},
		{"Negative", `FR: {call: ["-1:00-12:00"]}`, `contact hours "-1:00-12:00"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := dunning.ParsePolicy([]byte(withHours(tt.line)))
			require.ErrorContains(t, err, tt.want)
			require.Nil(t, p)
		})
	}
}

func TestParsePolicy_EveryFaultOfTheHoursAtOnce(t *testing.T) {
	t.Parallel()
	_, err := dunning.ParsePolicy([]byte(withHours(
		`default: {call: ["06:00-22:00"]}`, `UK: {sms: []}`, `FR: {call: ["noon"], email: ["08:00-08:10"]}`, `BE: {sms: ["18:30-19:30"]}`)))
	for _, want := range []string{
		"default: call 06:00-22:00: nobody is reached", "UK: name default", "UK: sms: give between", `contact hours "noon"`,
		"FR: email 08:00-08:10: the end comes",
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "FR: call", "what could not be read is named once")
	require.NotContains(t, err.Error(), "BE", "what rests on a wrong default is not judged by it")
}

// stretch is a range of the tests' own, in minutes.
type stretch struct{ from, to int }

func drawStretches(t *rapid.T, name string) []stretch {
	var list []stretch
	at := 7 * 60
	for range rapid.IntRange(0, 3).Draw(t, name) {
		from := at + rapid.IntRange(0, 240).Draw(t, "from")
		to := from + 30 + rapid.IntRange(0, 300).Draw(t, "minutes")
		if to > 20*60 {
			break
		}
		list = append(list, stretch{from, to})
		at = to + 1
	}
	return list
}

func inside(minute int, list []stretch) bool {
	return slices.ContainsFunc(list, func(s stretch) bool { return minute >= s.from && minute < s.to })
}

// drawnHours are contact hours in the policy's language and in the tests'.
type drawnHours struct {
	line             string
	call, email, sms []stretch
}

func drawHours(t *rapid.T) drawnHours {
	h := drawnHours{call: drawStretches(t, "call"), email: drawStretches(t, "email"), sms: drawStretches(t, "sms")}
	var said []string
	for _, c := range []struct {
		name     string
		list     *[]stretch
		standard []stretch
	}{
		{"call", &h.call, []stretch{{540, 750}, {810, 1050}}}, {"email", &h.email, []stretch{{450, 1080}}}, {"sms", &h.sms, []stretch{{540, 1140}}},
	} {
		if len(*c.list) == 0 {
			*c.list = c.standard
			continue
		}
		ranges := make([]string, len(*c.list))
		for i, s := range *c.list {
			ranges[i] = fmt.Sprintf(`"%02d:%02d-%02d:%02d"`, s.from/60, s.from%60, s.to/60, s.to%60)
		}
		said = append(said, c.name+": ["+strings.Join(ranges, ", ")+"]")
	}
	if len(said) > 0 {
		h.line = "{" + strings.Join(said, ", ") + "}"
	}
	return h
}

// both is the first minute at which a mail and an SMS may leave; false: there is none.
func (h drawnHours) both() (int, bool) {
	for m := range 24 * 60 {
		if inside(m, h.email) && inside(m, h.sms) {
			return m, true
		}
	}
	return 0, false
}

// in reads the hours back from a policy; nil: no policy may have them.
func (h drawnHours) in(t *rapid.T) *dunning.Hours {
	if h.line == "" {
		return nil
	}
	p, err := dunning.ParsePolicy([]byte(withHours("FR: " + h.line)))
	if _, meet := h.both(); !meet {
		require.ErrorContains(t, err, "leave no time for both", h.line)
		return nil
	}
	require.NoError(t, err, h.line)
	return p.HoursIn("FR")
}

// Whatever hours a policy names, wherever the customer is and whatever its clock does: nobody is
// reached outside them, on a holiday or at a weekend, and all written messages of a day that
// press for payment have one opening.
func TestHours_NoContactOutside(t *testing.T) {
	t.Parallel()
	email, sms := []dunning.Channel{dunning.ChannelEmail}, []dunning.Channel{dunning.ChannelSMS}
	two := slices.Concat(email, sms)
	rapid.Check(t, func(t *rapid.T) {
		h := drawHours(t)
		day := drawDate(t, "day")
		place := drawPlace(t, day)
		if place.Hours = h.in(t); place.Hours == nil {
			h = drawnHours{call: []stretch{{540, 750}, {810, 1050}}, email: []stretch{{450, 1080}}, sms: []stretch{{540, 1140}}}
		}
		name := dunning.Spread{Customer: rapid.StringN(0, 10, 10).Draw(t, "key"), Invoice: rapid.StringN(0, 10, 10).Draw(t, "invoice")}
		for range 5 {
			at := day.In(place.Zone, 0, 0).Add(time.Duration(rapid.IntRange(0, 40*24*3600).Draw(t, "second")) * time.Second)
			for _, tt := range []struct {
				step *dunning.Step
				in   [][]stretch // all of them
			}{
				{&dunning.Step{Do: dunning.DoCall}, [][]stretch{h.call}},
				{&dunning.Step{Do: dunning.DoTask}, [][]stretch{h.email}},
				{&dunning.Step{Do: dunning.DoSendInvoice, Channels: email}, [][]stretch{h.email}},
				{&dunning.Step{Do: dunning.DoMessage, Channels: email}, [][]stretch{h.email}},
				{&dunning.Step{Do: dunning.DoMessage, Channels: sms}, [][]stretch{h.sms}},
				{&dunning.Step{Do: dunning.DoMessage, Channels: two}, [][]stretch{h.email, h.sms}},
			} {
				allowed := func(t time.Time) bool {
					local := t.In(place.Zone)
					return place.Customer.IsBusinessDay(place.Date(t)) && !slices.ContainsFunc(tt.in, func(list []stretch) bool {
						return !inside(local.Hour()*60+local.Minute(), list)
					})
				}
				require.Equal(t, allowed(at), place.InWindow(tt.step, at), "%s %s", h.line, clock(place, at))
				next := place.NextWindow(tt.step, at, name)
				require.True(t, allowed(next), "%s %v: %s after %s", h.line, tt.step, clock(place, next), clock(place, at))
				require.False(t, next.Before(at))
				require.Equal(t, next, place.NextWindow(tt.step, next, name), "asked again it says the same")
			}
		}
		oneOpening(t, place, h, name, day)
	})
}

// oneOpening asks that a day's messages are due together, within the hour after the first minute
// at which both channels may be used.
func oneOpening(t *rapid.T, place dunning.Place, h drawnHours, name dunning.Spread, day calendar.Date) {
	var opens time.Time
	for i, channels := range [][]dunning.Channel{{dunning.ChannelEmail}, {dunning.ChannelSMS}, {dunning.ChannelSMS, dunning.ChannelEmail}} {
		next := place.NextWindow(&dunning.Step{Do: dunning.DoMessage, Channels: channels}, day.In(place.Zone, 0, 0), name)
		if i == 0 {
			opens = next
		}
		require.Equal(t, opens, next, "%v %s", channels, h.line)
	}
	first, _ := h.both()
	local := opens.In(place.Zone)
	minute := local.Hour()*60 + local.Minute()
	require.True(t, minute >= first && minute < first+69, "%s opens at %s", h.line, clock(place, opens))
	require.False(t, place.CallsOpen(place.Date(opens)).Before(place.Date(opens).In(place.Zone, 7, 0)))
}
