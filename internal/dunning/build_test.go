package dunning_test

import (
	"flag"
	"testing"
	"time"
	_ "time/tzdata" // the tests give the same answer on a machine without a zone database

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

var update = flag.Bool("update", false, "write the golden files anew")

// key spreads contact by 49 minutes and 14 seconds.
var key = dunning.Spread{Customer: "4d0d0b58-5f9e-4a6e-9a4e-0f2c1f7f3a10"}

func date(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// instant reads "2026-03-02 09:00" at a place.
func instant(where dunning.Place, s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, where.Zone)
	if err != nil {
		panic(err)
	}
	return t
}

func zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

func placeOf(country, zoneName string, overrides ...calendar.Override) dunning.Place {
	return dunning.Place{
		Customer: calendar.For(country, "").With(overrides), Banking: calendar.TARGET(), Zone: zone(zoneName),
	}
}

var netherlands = placeOf("NL", "Europe/Amsterdam")

// shipped is a policy that comes with the product; every call gives a fresh one.
func shipped(id string) *dunning.Policy {
	source, err := dunning.Shipped(id)
	if err != nil {
		panic(err)
	}
	p, err := dunning.ParsePolicy(source)
	if err != nil {
		panic(err)
	}
	return p
}

func step(t *testing.T, p *dunning.Policy, id dunning.StepID) *dunning.Step {
	t.Helper()
	s, ok := p.Step(id)
	require.True(t, ok, "step %s", id)
	return s
}

// clock writes an instant as the customer's clock shows it.
func clock(where dunning.Place, t time.Time) string {
	return t.In(where.Zone).Format("2006-01-02 15:04")
}
