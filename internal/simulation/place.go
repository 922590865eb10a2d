package simulation

import (
	"fmt"
	"time"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// zones are those of the countries whose holidays the product knows.
var zones = map[string]string{
	"NL": "Europe/Amsterdam", "BE": "Europe/Brussels", "FR": "Europe/Paris", "DE": "Europe/Berlin", "GB": "Europe/London",
}

// otherZone is where customers of all other countries are, unless the options say so.
const otherZone = "Europe/Amsterdam"

// places are the customers' countries; the empty name is for all others.
type places map[string]dunning.Place

func newPlaces(other string) (places, error) {
	p := places{}
	for country, name := range zones {
		if err := p.add(country, name); err != nil {
			return nil, err
		}
	}
	if other == "" {
		other = otherZone
	}
	return p, p.add("", other)
}

func (p places) add(country, name string) error {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return fmt.Errorf("time zone %q is unknown: write one as Europe/Amsterdam", name)
	}
	p[country] = dunning.Place{Customer: calendar.For(country, ""), Banking: calendar.TARGET(), Zone: zone}
	return nil
}

// of is the place of a country: its working days and clock, else Monday to Friday less
// the TARGET holidays.
func (p places) of(country string) dunning.Place {
	if place, ok := p[country]; ok {
		return place
	}
	return p[""]
}
