package demo

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"maan/internal/calendar"
	"maan/internal/devstack/world"
	"maan/internal/reference"
)

// The play's day begins and ends at these hours (UTC): every window for contact lies
// between them.
const (
	curtainUp   = 8
	curtainDown = 20
	longestPlay = 150 // days; what has not ended by then never will
)

// person is who acts in the play.
type person string

const (
	finance   person = "finance-1"
	finance2  person = "finance-2"
	collector person = "collector-1"
	sales     person = "sales-1"
)

// Play is one performance of all stories.
type Play struct {
	world      *world.World
	watch      func(Snapshot)
	people     map[person]*world.Client
	cases      []*performance
	start      calendar.Date
	statements int // of the bank so far
	instants   int // at which something happened since the last look
}

// performance is a story that is being played.
type performance struct {
	*story

	Number   string // of the invoice
	customer *debtor
	issued   calendar.Date
	due      calendar.Date
	promised calendar.Date
	id       string
	workflow string // its id in Temporal

	listed  listed
	steps   []step
	history []event

	played  int  // beats that are over
	waiting bool // the next beat has been cued
	at      time.Time
	trouble error // what a beat could not do
}

// debtor is a customer that the API knows.
type debtor struct {
	customer

	id   string
	zone *time.Location
}

// New prepares a play in a world that nobody has used yet. It begins on the first day,
// from the given one on, in the morning of which everybody works; days that are over do
// not count, and the zero date is today. The watcher gets a snapshot whenever something
// may have changed; it may be nil.
func New(w *world.World, from calendar.Date, watch func(Snapshot)) *Play {
	if watch == nil {
		watch = func(Snapshot) {}
	}
	return &Play{world: w, watch: watch, people: map[person]*world.Client{}, start: firstDay(time.Now(), from)}
}

// Run performs the play and reports how each story ended. The error is about the world
// (a process that died, an API that refuses the scene); a story with another end than
// expected is no error, and the report says so.
func (p *Play) Run(ctx context.Context) (*Report, error) {
	p.world.Clock.OnTick = func(time.Time) {
		p.instants++
		p.watch(p.snapshot())
	}
	if err := p.world.Clock.Run(ctx, at(p.start, curtainUp)); err != nil {
		return nil, err
	}
	if err := p.setScene(ctx); err != nil {
		return nil, fmt.Errorf("set the scene: %w", err)
	}
	for day := p.start; !p.over() && day.DaysSince(p.start) < longestPlay; day = day.AddDays(1) {
		if err := p.day(ctx, day); err != nil {
			return nil, err
		}
	}
	return p.judge(ctx)
}

func firstDay(now time.Time, from calendar.Date) calendar.Date {
	day := maxDate(calendar.DateOf(now.UTC()), from)
	for at(day, curtainUp).Before(now) || !everybodyWorks(day) {
		day = day.AddDays(1)
	}
	return day
}

func everybodyWorks(day calendar.Date) bool {
	return !slices.ContainsFunc(theCustomers, func(c customer) bool { return !c.calendar().IsBusinessDay(day) })
}

func at(day calendar.Date, hour int) time.Time { return day.In(time.UTC, hour, 0) }

// day plays one day. On a quiet one nobody looks.
func (p *Play) day(ctx context.Context, day calendar.Date) error {
	p.instants = 0
	if err := p.world.Clock.Run(ctx, at(day, curtainDown), p.beatsUntil(at(day, curtainDown))...); err != nil {
		return err
	}
	if p.instants < 2 && day != p.start {
		return nil
	}
	if err := p.look(ctx); err != nil {
		return err
	}
	for _, f := range p.cases {
		f.cueNext(day)
	}
	p.watch(p.snapshot())
	return nil
}

// cueNext puts the story's next beat on the clock when its cue has come.
func (f *performance) cueNext(today calendar.Date) {
	if f.waiting || f.trouble != nil || f.played == len(f.beats) || !f.beats[f.played].cue(f) {
		return
	}
	b := f.beats[f.played]
	cal := f.customer.calendar()
	day := cal.AddBusinessDays(today, max(1, b.days))
	if b.on != nil {
		day = cal.OnOrAfter(maxDate(b.on(f), today.AddDays(1)))
	}
	f.waiting, f.at = true, day.In(f.customer.zone, b.hour, 0)
}

func maxDate(a, b calendar.Date) calendar.Date {
	if b.After(a) {
		return b
	}
	return a
}

// beatsUntil are the beats that are due by an instant, as events for the clock.
func (p *Play) beatsUntil(until time.Time) []world.Event {
	var events []world.Event
	for _, f := range p.cases {
		if !f.waiting || f.at.After(until) {
			continue
		}
		events = append(events, world.Event{At: f.at, Do: func(ctx context.Context) error { return p.beat(ctx, f) }})
	}
	slices.SortStableFunc(events, func(a, b world.Event) int { return a.At.Compare(b.At) })
	return events
}

// beat plays a story's next beat. Its workflow is brought to the same instant first, so
// that the history in the Temporal UI shows the beat when it happened.
func (p *Play) beat(ctx context.Context, f *performance) error {
	if err := p.world.Clock.Bring(ctx, f.at, f.workflow); err != nil {
		return err
	}
	if err := f.beats[f.played].act(ctx, p, f); err != nil {
		f.trouble = err
	}
	f.played, f.waiting = f.played+1, false
	return ctx.Err()
}

// over reports whether every story has come to its end.
func (p *Play) over() bool {
	for _, f := range p.cases {
		if f.waiting || (f.trouble == nil && !f.ended()) {
			return false
		}
	}
	return len(p.cases) > 0
}

func (f *performance) ended() bool {
	if f.listed.Outcome != "" {
		return true
	}
	return f.end.outcome == withAgency && f.step("agency_hand_off").State == "done"
}

// today is the date at the customer's.
func (p *Play) today(f *performance) calendar.Date {
	return calendar.DateOf(p.world.Clock.Now().In(f.customer.zone))
}

func (f *performance) path(tail string) string { return "/v1/invoices/" + f.id + tail }

// paymentReference is what the customer gives when paying: a structured communication
// in Belgium, a creditor reference elsewhere.
func (f *performance) paymentReference() (string, error) {
	digits := strings.ReplaceAll(f.Number, "-", "")
	if f.customer.Country == "BE" {
		return reference.MakeOGM(digits)
	}
	return reference.MakeRF(digits)
}

func invoiceNumber(start calendar.Date, number string) string {
	return strconv.Itoa(start.Year) + "-" + number
}
