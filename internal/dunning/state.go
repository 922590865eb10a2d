package dunning

import (
	"time"

	"maan/internal/calendar"
)

// PlannedStep is a pending step with its moment. It travels in histories: fields are
// only ever added.
type PlannedStep struct {
	Step       StepID        `json:"step"`
	Stage      Stage         `json:"stage"`
	Do         Do            `json:"do"`
	Label      string        `json:"label"`      // business words for timers and activities
	At         time.Time     `json:"at"`         // the instant, UTC
	LocalDate  calendar.Date `json:"local_date"` // the customer's day
	Occurrence int           `json:"occurrence"` // 1, or more after a recorded decision to do it again
	MovedFrom  calendar.Date `json:"-"`          // its own day, where it waits for the customer's payment run
}

// State is everything that the ladder of one invoice depends on. Every message to a
// workflow and every result of an act carries all of it, so messages may come late,
// twice or in any order: the highest FactsSeq wins.
type State struct {
	FactsSeq     int64         `json:"facts_seq"`
	OpenMinor    int64         `json:"open_minor"` // open balance in minor units of the invoice's currency
	DueDate      calendar.Date `json:"due_date"`
	Paused       []Reason      `json:"paused,omitempty"` // why nothing may go out, without an end that is known
	Closed       Reason        `json:"closed,omitempty"` // paid, credited or written_off; empty while open
	DaysLate     int           `json:"days_late"`        // at closing: days from the due date, 0 if not late
	HandedOff    bool          `json:"handed_off,omitempty"`
	PlanNo       int           `json:"plan_no"`
	Plan         []PlannedStep `json:"plan"`
	LastDelivery string        `json:"last_delivery,omitempty"` // what became of the newest message
	Story        []Chapter     `json:"story,omitempty"`         // at closing: what every step became
	Failed       *FailedStep   `json:"failed,omitempty"`        // what let this message be sent: a step that failed after all
}

// FailedStep is a step that failed after it was done, and the task that a person got.
type FailedStep struct {
	Step       StepID `json:"step"`
	Occurrence int    `json:"occurrence"`
	Reason     Reason `json:"reason"`
	Task       string `json:"task"`
}

// Chapter is what a step became.
type Chapter struct {
	Step      StepID    `json:"step"`
	Stage     Stage     `json:"stage"`
	Answer    Answer    `json:"answer"`
	Reason    Reason    `json:"reason,omitempty"`
	At        time.Time `json:"at"`
	Reference string    `json:"reference,omitempty"` // message or task id
}

// Current is the step that comes next.
func (s *State) Current() (PlannedStep, bool) {
	if len(s.Plan) == 0 {
		return PlannedStep{}, false
	}
	return s.Plan[0], true
}
