package dunning

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"maan/internal/calendar"
)

// Range is a stretch of a day at the customer's, in minutes from midnight; To is not in it. A
// policy file writes it "09:00-12:30".
type Range struct{ From, To int }

// Nobody is reached at night, whatever a policy says: all contact hours lie between these.
const (
	earliestContact = 7 * 60
	latestContact   = 20 * 60
)

const (
	leastRange = 30 // minutes: what is due is asked for within some minutes, and must not find the hours over
	maxRanges  = 6  // of a channel
	maxPlaces  = 251
)

var rangeForm = regexp.MustCompile(`^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$`)

// Ranges are the contact hours of a channel, in the order of the day.
type Ranges []Range

// unreadable stands for ranges of which some could not be read: that was said, so nothing else is.
var unreadable = Ranges{{From: -1}}

// UnmarshalYAML reads ["09:00-12:30", "13:30-17:30"]. Its error is a [yaml.TypeError] with
// every fault, after which the decoder goes on to the next one.
func (r *Ranges) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		*r = unreadable
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: contact hours: give a list, as in [\"09:00-12:30\"]", n.Line)}}
	}
	*r = make(Ranges, len(n.Content))
	var faults []string
	for i, item := range n.Content {
		m := rangeForm.FindStringSubmatch(item.Value)
		if m == nil {
			faults = append(faults, fmt.Sprintf("line %d: contact hours %q: write a beginning and an end, as in \"09:00-12:30\"", item.Line, item.Value))
			continue
		}
		(*r)[i] = Range{From: minutes(m[1], m[2]), To: minutes(m[3], m[4])}
	}
	if len(faults) == 0 {
		return nil
	}
	*r = unreadable
	return &yaml.TypeError{Errors: faults}
}

func minutes(hour, minute string) int {
	h, _ := strconv.Atoi(hour) // two digits each: the form says so
	m, _ := strconv.Atoi(minute)
	return h*60 + m
}

// String writes the range as the policy file does.
func (r Range) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", r.From/60, r.From%60, r.To/60, r.To%60)
}

// ChannelHours are contact hours by channel. A channel without any keeps those of the policy's
// default, and else the standard.
type ChannelHours struct {
	Call  Ranges `yaml:"call"`
	Email Ranges `yaml:"email"`
	SMS   Ranges `yaml:"sms"`
}

// everywhere is the key of the contact hours of all countries that are not named.
const everywhere = "default"

// Hours are the contact hours of a customer, Monday to Friday and never on a holiday.
type Hours struct {
	channels               ChannelHours
	call, email, sms, both times // both: when e-mail and SMS may be used
}

// times are those of a channel.
type times struct {
	in       Ranges    // a step may reach out
	open     []opening // it may be planned
	pressing []opening // if it is a message that presses for payment
}

// opening is a stretch of a day in which a step may be planned, and how long the turns of
// different customers are spread over from its beginning.
type opening struct {
	Range

	spread time.Duration
}

// standardHours hold where a policy names none.
var standardHours = newHours(ChannelHours{
	Call:  Ranges{{9 * 60, 12*60 + 30}, {13*60 + 30, 17*60 + 30}},
	Email: Ranges{{7*60 + 30, 18 * 60}},
	SMS:   Ranges{{9 * 60, 19 * 60}},
})

func newHours(c ChannelHours) *Hours {
	h := &Hours{channels: c}
	both := common(c.Email, c.SMS)
	if len(both) == 0 {
		return h // refused by the check
	}
	for t, in := range map[*times]Ranges{&h.call: c.Call, &h.email: c.Email, &h.sms: c.SMS, &h.both: both} {
		*t = times{in: in, open: openings(in), pressing: pressing(in, both[0])}
	}
	return h
}

func openings(in Ranges) []opening {
	open := make([]opening, len(in))
	for i, r := range in {
		open[i] = opening{r, r.length()}
	}
	return open
}

// pressing are the openings of messages that press for payment. They are due from the first
// minute at which both channels may be used, whatever their own, so that all that is due to a
// customer on a day goes together.
func pressing(in Ranges, first Range) []opening {
	var open []opening
	for _, r := range in {
		switch {
		case r.From > first.From:
			open = append(open, opening{r, r.length()})
		case r.To > first.From:
			open = append(open, opening{Range{first.From, r.To}, first.length()})
		}
	}
	return open
}

// common is when two channels may both be used.
func common(a, b Ranges) Ranges {
	var both Ranges
	for _, x := range a {
		for _, y := range b {
			if r := (Range{max(x.From, y.From), min(x.To, y.To)}); r.From < r.To {
				both = append(both, r)
			}
		}
	}
	return both
}

// or fills in what is not named.
func (c ChannelHours) or(other ChannelHours) ChannelHours {
	for _, fill := range []struct{ mine, others *Ranges }{{&c.Call, &other.Call}, {&c.Email, &other.Email}, {&c.SMS, &other.SMS}} {
		if len(*fill.mine) == 0 {
			*fill.mine = *fill.others
		}
	}
	return c
}

// of are the times of a step. One on both channels leaves when both may.
func (h *Hours) of(s *Step) *times {
	switch {
	case s.Do == DoCall:
		return &h.call
	case !slices.Contains(s.Channels, ChannelSMS):
		return &h.email
	case !slices.Contains(s.Channels, ChannelEmail):
		return &h.sms
	default:
		return &h.both
	}
}

func (r Range) length() time.Duration { return time.Duration(r.To-r.From) * time.Minute }

// String says the hours of each channel.
func (h *Hours) String() string {
	say := func(ranges Ranges) string {
		texts := make([]string, len(ranges))
		for i, r := range ranges {
			texts[i] = r.String()
		}
		return strings.Join(texts, " and ")
	}
	return fmt.Sprintf("call %s, email %s, sms %s", say(h.channels.Call), say(h.channels.Email), say(h.channels.SMS))
}

// HoursIn are the contact hours that the policy keeps to in a country.
func (p *Policy) HoursIn(country string) *Hours {
	if h, named := p.hours[country]; named {
		return h
	}
	if h, named := p.hours[everywhere]; named {
		return h
	}
	return standardHours
}

// checkHours names the faults of the contact hours, and works out those of each country.
func (p *Policy) checkHours() []error {
	if len(p.ContactHours) > maxPlaces {
		return []error{fmt.Errorf("contact_hours: name at most %d countries", maxPlaces-1)}
	}
	var faults []error
	standard, sound := p.ContactHours[everywhere].or(standardHours.channels), true
	hours := make(map[string]*Hours, len(p.ContactHours))
	for _, country := range slices.Backward(slices.Sorted(maps.Keys(p.ContactHours))) { // the default first: the others rest on it
		before := len(faults)
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("contact_hours %s: "+format, append([]any{country}, args...)...))
		}
		if country != everywhere && !calendar.IsCountry(country) {
			fault("name %s or the code of a country in capitals (ISO 3166-1), as in FR", everywhere)
		}
		readable := p.ContactHours[country].check(fault)
		sound = sound && (country != everywhere || readable && len(faults) == before)
		if !sound || !readable || len(faults) > before {
			continue
		}
		hours[country] = newHours(p.ContactHours[country].or(standard))
		if len(hours[country].both.in) == 0 {
			fault("email and sms leave no time for both (%s): the messages of a day go together, from the first minute at which both may, so give them hours that meet", hours[country])
		}
	}
	if len(hours) > 0 && len(faults) == 0 {
		p.hours = hours
	}
	return faults
}

// check names the faults of the hours of one country; false: some cannot be read.
func (c ChannelHours) check(fault func(string, ...any)) (readable bool) {
	readable = true
	if c.Call == nil && c.Email == nil && c.SMS == nil {
		fault("name hours for call, email or sms")
	}
	for _, named := range []struct {
		channel Channel
		ranges  Ranges
	}{{ChannelCall, c.Call}, {ChannelEmail, c.Email}, {ChannelSMS, c.SMS}} {
		if named.ranges != nil && (len(named.ranges) == 0 || len(named.ranges) > maxRanges) {
			fault("%s: give between 1 and %d ranges, or leave the channel out", named.channel, maxRanges)
		}
		if slices.Equal(named.ranges, unreadable) {
			readable = false
			continue
		}
		last := 0
		for _, r := range named.ranges {
			r.check(last, func(format string, args ...any) {
				fault("%s %s: "+format, append([]any{named.channel, r}, args...)...)
			})
			last = r.To
		}
	}
	return readable
}

func (r Range) check(last int, fault func(string, ...any)) {
	if r.To-r.From < leastRange {
		fault("the end comes at least %d minutes after the beginning", leastRange)
	}
	if r.From < earliestContact || r.To > latestContact {
		fault("nobody is reached before %02d:00 or from %02d:00 on, whatever a policy says", earliestContact/60, latestContact/60)
	}
	if last > 0 && r.From <= last {
		fault("ranges stand in the order of the day, each beginning after the one before has ended")
	}
}
