package demo

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"maan/internal/calendar"
)

// amount is money as the API writes it.
type amount struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// listed is an invoice as the API lists it.
type listed struct {
	ID       string     `json:"id"`
	Open     amount     `json:"open"`
	Status   string     `json:"status"`
	Outcome  string     `json:"outcome"`
	Stage    string     `json:"stage"`
	Paused   []string   `json:"paused"`
	NextStep string     `json:"next_step"`
	NextAt   *time.Time `json:"next_at"`
	Details  *struct {
		WorkflowID string `json:"workflow_id"`
	} `json:"details"`
}

// step is a step of the plan.
type step struct {
	Step      string        `json:"step"`
	Label     string        `json:"label"`
	Stage     string        `json:"stage"`
	State     string        `json:"state"`
	Reason    string        `json:"reason"`
	LocalDate calendar.Date `json:"local_date"`
	DoneAt    *time.Time    `json:"done_at"`
}

// String is the step as an ending names it.
func (s step) String() string {
	if s.State == "done" {
		return s.Step
	}
	return strings.TrimSpace(s.Step + " " + s.State + " " + s.Reason)
}

// event is a line of the case's history.
type event struct {
	Kind string         `json:"kind"`
	Data map[string]any `json:"data"`
}

func (f *performance) step(id string) step {
	for _, s := range f.steps {
		if s.Step == id {
			return s
		}
	}
	return step{}
}

// look reads every case that is still open, and those that have just closed.
func (p *Play) look(ctx context.Context) error {
	var page struct {
		Items []listed `json:"items"`
	}
	if err := p.people[finance].Must(ctx, http.MethodGet, "/v1/invoices?limit=200&creditor="+creditorID, nil, &page); err != nil {
		return err
	}
	now := make(map[string]listed, len(page.Items))
	for _, i := range page.Items {
		now[i.ID] = i
	}
	for _, f := range p.cases {
		i, ok := now[f.id]
		if !ok {
			return fmt.Errorf("invoice %s is not on the list any more", f.Number)
		}
		before := f.listed.Outcome
		f.listed = i
		if before != "" {
			continue
		}
		if err := p.lookInto(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// lookInto reads a case's plan and history.
func (p *Play) lookInto(ctx context.Context, f *performance) error {
	var plan struct {
		Steps []step `json:"steps"`
	}
	if err := p.people[finance].Must(ctx, http.MethodGet, f.path("/plan"), nil, &plan); err != nil {
		return err
	}
	var history struct {
		Items []event `json:"items"`
	}
	if err := p.people[finance].Must(ctx, http.MethodGet, f.path("/timeline?limit=200"), nil, &history); err != nil {
		return err
	}
	f.steps, f.history = plan.Steps, history.Items
	return nil
}
