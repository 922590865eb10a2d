package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"maan/internal/dunning"
)

// Ack answers an update: which facts the run has now.
type Ack struct {
	FactsSeq int64 `json:"facts_seq"`
}

// inbox receives the messages of a run.
type inbox struct {
	channels []workflow.ReceiveChannel
	learn    func(s dunning.State)
}

// listen takes every message, as a signal and as an update. It is called once the state
// is there and before anything blocks.
func (c *collection) listen(ctx workflow.Context) error {
	c.messages = &inbox{learn: c.learn}
	for _, name := range MessageNames {
		err := workflow.SetUpdateHandlerWithOptions(ctx, name, func(_ workflow.Context, s dunning.State) (Ack, error) {
			c.learn(s)
			return Ack{FactsSeq: c.state.FactsSeq}, nil
		}, workflow.UpdateHandlerOptions{Validator: wellFormed})
		if err != nil {
			return fmt.Errorf("take updates %s: %w", name, err)
		}
	}
	c.messages.receive(ctx)
	return nil
}

// wellFormed refuses what cannot be a state. Facts are never judged here: they are
// committed already.
func wellFormed(s dunning.State) error {
	if s.FactsSeq <= 0 {
		return fmt.Errorf("facts_seq is %d; a state has a positive one", s.FactsSeq)
	}
	return nil
}

// receive takes signals for as long as the run lasts.
func (in *inbox) receive(ctx workflow.Context) {
	selector := workflow.NewSelector(ctx)
	for _, name := range MessageNames {
		ch := workflow.GetSignalChannel(ctx, name)
		in.channels = append(in.channels, ch)
		selector.AddReceive(ch, func(ch workflow.ReceiveChannel, _ bool) {
			var s dunning.State
			if ch.ReceiveAsync(&s) {
				in.learn(s)
			}
		})
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		for ctx.Err() == nil {
			selector.Select(ctx)
		}
	})
}

// drain reads what came while the run was closing, so that nothing stays unhandled.
func (in *inbox) drain() {
	for _, ch := range in.channels {
		for {
			var s dunning.State // a new one each time: decoding leaves alone what a message does not have
			if !ch.ReceiveAsync(&s) {
				break
			}
			in.learn(s)
		}
	}
}
