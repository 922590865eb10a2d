package collection

import (
	"context"
	"slices"
	"time"

	"maan/internal/dunning"
	"maan/internal/provider"
	"maan/internal/store"
)

// leastPause is how long a provider is left alone that asked for it without saying how long.
const leastPause = 10 * time.Second

// noteProvider keeps what an attempt says about its provider, for the claims of every worker.
func (f *caseFile) noteProvider(fate Fate) {
	health, pause := provider.Up, leastPause
	if fate.Err != nil {
		health, pause = fate.Err.Health, max(pause, fate.Err.RetryAfter)
	}
	switch health {
	case provider.Up:
		f.write(store.ProviderAnswered(fate.Channel))
	case provider.Busy:
		f.write(store.ProviderAnswered(fate.Channel), store.PauseProvider(fate.Channel, f.now.Add(pause)))
	case provider.Down:
		f.write(store.ProviderFailed(fate.Channel, fate.Err.Code, f.now))
	case provider.Unknown:
	}
}

// askProviders looks at the providers of the step's channels before anything is claimed. The
// mail is what the customer gets, so the step waits for its provider; an SMS that cannot go
// does not hold the mail up.
func (a *acting) askProviders(ctx context.Context) (textHeld bool, waits *dunning.ActResult, err error) {
	channels := a.openChannels()
	for _, channel := range channels {
		until, err := a.providerDown(ctx, channel, a.sit.Providers)
		switch {
		case err != nil:
			return false, nil, err
		case until.IsZero():
		case channel == dunning.ChannelSMS && slices.Contains(channels, dunning.ChannelEmail):
			textHeld = true
		default:
			waits, err = a.waitForProvider(ctx, until)
			return false, waits, err
		}
	}
	return textHeld, nil, nil
}

// openChannels are the channels by which the step can still go.
func (a *acting) openChannels() []dunning.Channel {
	if !a.step.WritesToCustomer() {
		return a.step.Channels
	}
	return slices.DeleteFunc(slices.Clone(a.step.Channels), func(c dunning.Channel) bool {
		_, why := a.pick(c)
		return why != "" || a.triedForGood(c)
	})
}

// waitForProvider keeps the step pending without an attempt. Its deadline runs, as it does
// after an attempt that failed: what became too late to make sense goes to a person.
func (a *acting) waitForProvider(ctx context.Context, until time.Time) (*dunning.ActResult, error) {
	if a.row.FirstTriedAt == nil {
		now := a.now
		a.row.FirstTriedAt = &now
	}
	if own := a.now.Add(a.backOff(nil)); own.After(until) {
		until = own
	}
	return a.wait(ctx, dunning.Verdict{Answer: dunning.AnswerWait, Reason: dunning.ReasonProviderDown, NotBefore: until})
}

// providerDown is until when nothing can be sent by a channel; zero if it can. While a circuit
// is open, one message after each pause may try. Without states it reads them.
func (f *caseFile) providerDown(ctx context.Context, channel dunning.Channel, states []store.ProviderState) (until time.Time, err error) {
	if states == nil {
		if states, err = f.tx.ProviderStates(ctx); err != nil {
			return until, err
		}
	}
	i := slices.IndexFunc(states, func(s store.ProviderState) bool { return s.Channel == channel })
	if i < 0 {
		return until, nil
	}
	p := states[i]
	switch {
	case p.PausedUntil != nil && f.now.Before(*p.PausedUntil):
		return *p.PausedUntil, nil
	case p.OpenedAt == nil:
		return until, nil
	case p.ProbeAt != nil && f.now.Before(*p.ProbeAt):
		return *p.ProbeAt, nil
	}
	next := f.now.Add(store.CircuitPause)
	if mine, err := f.tx.TakeProbe(ctx, channel, f.now, next); err != nil || mine {
		return until, err
	}
	return next, nil
}
