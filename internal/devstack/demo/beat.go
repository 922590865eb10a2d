package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"maan/internal/bankstatement/statementtest"
	"maan/internal/calendar"
	"maan/internal/devstack/world"
	"maan/internal/money"
)

// beat is something that a person does in a story. A story's beats come one after the
// other: each is cued when its turn has come and what it waits for has happened.
type beat struct {
	cue  cue
	days int                              // business days of the customer after the cue, at least 1
	on   func(*performance) calendar.Date // instead of days: a date of its own
	hour int                              // at the customer's
	act  func(context.Context, *Play, *performance) error
}

// cue reports whether what a beat waits for has happened.
type cue func(*performance) bool

// in puts the beat off to some business days after its cue.
func (b beat) in(days int) beat {
	b.days = days
	return b
}

// next waits for nothing but the beat before.
func next(*performance) bool { return true }

// after waits for a step to be over, done or left out.
func after(id string) cue {
	return func(p *performance) bool { s := p.step(id); return s.State == "done" || s.State == "skipped" }
}

func failed(id string) cue { return func(p *performance) bool { return p.step(id).State == "failed" } }

func closed(p *performance) bool { return p.listed.Outcome != "" }

// pays: the customer's payment of all that is open comes in.
func pays(c cue) beat {
	return beat{cue: c, days: 1, hour: 11, act: func(ctx context.Context, p *Play, f *performance) error {
		return p.people[finance].Must(ctx, http.MethodPost, f.path("/payments"), map[string]any{
			"reference": "PAY-" + f.Number, "amount": f.listed.Open, "value_date": p.today(f),
		}, nil)
	}}
}

// paysByBank: the payment stands in the bank's statement of the day, which finance sends in.
// Some payers give the reference, some only write the number.
func paysByBank(c cue, words func(*performance) statementtest.Entry) beat {
	return beat{cue: c, days: 1, hour: 11, act: func(ctx context.Context, p *Play, f *performance) error {
		open, err := money.Parse(f.listed.Open.Amount, f.listed.Open.Currency)
		if err != nil {
			return fmt.Errorf("what is open: %w", err)
		}
		e := words(f)
		e.Amount, e.BankRef, e.Name = open, "BANK-"+f.Number, f.customer.LegalName
		p.statements++
		var file bytes.Buffer
		if err := statementtest.Write(&file, statementtest.Spec{
			Account: iban, Date: p.today(f), Sequence: int64(p.statements), Opening: money.New(0, open.Currency), Entries: []statementtest.Entry{e},
		}); err != nil {
			return err
		}
		return p.people[finance].Must(ctx, http.MethodPost, "/v1/imports?creditor="+creditorID+"&kind=bank_statement", world.File(file.Bytes()), nil)
	}}
}

func byReference(f *performance) statementtest.Entry {
	ref, err := f.paymentReference()
	if err != nil { // it was made for the invoice already
		ref = f.Number
	}
	return statementtest.Entry{Reference: ref}
}

func byNumber(f *performance) statementtest.Entry {
	return statementtest.Entry{Text: "Betaling factuur " + f.Number + ", met dank"}
}

// paysAsPromised pays on the promised day.
func paysAsPromised() beat {
	b := pays(next)
	b.on = func(f *performance) calendar.Date { return f.promised }
	return b
}

// calls: the collector takes the call task and says what came of it.
func calls(outcome string, c cue) beat {
	return call(c, func(*Play, *performance) map[string]any { return map[string]any{"outcome": outcome} })
}

// callDisputes: on the phone the customer objects.
func callDisputes(reason string, c cue) beat {
	return call(c, func(*Play, *performance) map[string]any {
		return map[string]any{"outcome": "dispute", "reason": reason}
	})
}

// promises: on the phone the customer promises to pay some business days after the due
// date, or by it.
func promises(days int, c cue) beat {
	return call(c, func(_ *Play, f *performance) map[string]any {
		f.promised = f.customer.calendar().AddBusinessDays(f.customer.calendar().OnOrAfter(f.due), days)
		return map[string]any{"outcome": "will_pay", "date": f.promised}
	})
}

func call(c cue, outcome func(*Play, *performance) map[string]any) beat {
	return beat{cue: c, days: 1, hour: 10, act: func(ctx context.Context, p *Play, f *performance) error {
		return p.workTask(ctx, f, "call", collector, true, outcome(p, f))
	}}
}

// works: somebody closes the customer's open task of a kind.
func works(kind, outcome string, who person, c cue) beat {
	return beat{cue: c, days: 1, hour: 14, act: func(ctx context.Context, p *Play, f *performance) error {
		return p.workTask(ctx, f, kind, who, false, map[string]any{"outcome": outcome})
	}}
}

// preparesHandOff: finance prepares the hand-off and then may not approve it itself.
func preparesHandOff(c cue) beat {
	return beat{cue: c, days: 1, hour: 10, act: func(ctx context.Context, p *Play, f *performance) error {
		task, err := p.openTask(ctx, f, "approval", finance)
		if err != nil {
			return err
		}
		if err := p.people[finance].Must(ctx, http.MethodPost, "/v1/tasks/"+task+"/claim", nil, nil); err != nil {
			return err
		}
		a, err := p.people[finance].Do(ctx, http.MethodPost, "/v1/tasks/"+task+"/close", map[string]any{"outcome": "approved"})
		if err != nil {
			return err
		}
		if a.Status != http.StatusForbidden {
			return fmt.Errorf("who prepared the hand-off approved it too: the answer is %d instead of 403", a.Status)
		}
		return nil
	}}
}

func disputes(reason string, c cue) beat {
	return beat{cue: c, days: 1, hour: 10, act: func(ctx context.Context, p *Play, f *performance) error {
		return p.people[collector].Must(ctx, http.MethodPost, f.path("/disputes"), map[string]any{"reason": reason}, nil)
	}}
}

func rejects(c cue) beat { return resolves(c, map[string]any{"resolution": "rejected"}) }

func upholds(c cue) beat {
	return beat{cue: c, days: 1, hour: 15, act: func(ctx context.Context, p *Play, f *performance) error {
		return resolve(ctx, p, f, map[string]any{"resolution": "upheld", "credit_note": "C" + f.Number})
	}}
}

func resolves(c cue, how map[string]any) beat {
	return beat{cue: c, days: 1, hour: 15, act: func(ctx context.Context, p *Play, f *performance) error { return resolve(ctx, p, f, how) }}
}

func resolve(ctx context.Context, p *Play, f *performance, how map[string]any) error {
	return p.people[collector].Must(ctx, http.MethodPost, f.path("/disputes/resolve"), how, nil)
}

// mendsAddress: the collector finds out the right address.
func mendsAddress(c cue) beat {
	return beat{cue: c, days: 1, hour: 10, act: func(ctx context.Context, p *Play, f *performance) error {
		var found struct {
			Contacts []struct {
				ID string `json:"id"`
			} `json:"contacts"`
		}
		if err := p.people[collector].Must(ctx, http.MethodGet, "/v1/customers/"+f.customer.id, nil, &found); err != nil {
			return err
		}
		if len(found.Contacts) == 0 {
			return errors.New("the customer has lost its contact")
		}
		return p.people[collector].Must(ctx, http.MethodPatch, "/v1/contacts/"+found.Contacts[0].ID, map[string]any{"email": rightAddress}, nil)
	}}
}

// creditsByUBL: the creditor's own system sends a credit note that names the invoice.
func creditsByUBL(file string, c cue) beat {
	return beat{cue: c, days: 1, hour: 15, act: func(ctx context.Context, p *Play, f *performance) error {
		note, err := document(file, blanks{Number: "C" + f.Number, Issued: p.today(f), Corrects: f.Number})
		if err != nil {
			return err
		}
		return p.people[finance].Must(ctx, http.MethodPost, "/v1/invoices/ubl?creditor="+creditorID, note, nil)
	}}
}
