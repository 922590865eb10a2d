package worker

import (
	"context"
	"time"

	"maan/activities"
	"maan/internal/dunning"
	"maan/internal/email"
	"maan/internal/sms"
	"maan/internal/telemetry"
)

// measure has every attempt at a provider and every wait for a turn measured.
func measure(acts *activities.Activities) {
	if acts.Metrics == nil {
		return
	}
	acts.MailPace = &measuredPace{acts.MailPace, dunning.ChannelEmail, acts.Metrics}
	acts.TextPace = &measuredPace{acts.TextPace, dunning.ChannelSMS, acts.Metrics}
	if acts.Mail != nil {
		acts.Mail = &measuredMail{acts.Mail, acts.Metrics}
	}
	if acts.Text != nil {
		acts.Text = &measuredText{acts.Text, acts.Metrics}
	}
}

type measuredMail struct {
	next    email.Sender
	metrics *telemetry.Worker
}

// Send implements email.Sender.
func (s *measuredMail) Send(ctx context.Context, m email.Message) (email.Receipt, error) {
	began := time.Now()
	r, err := s.next.Send(ctx, m)
	s.metrics.Requested(ctx, dunning.ChannelEmail, err, time.Since(began))
	return r, err
}

type measuredText struct {
	next    sms.Sender
	metrics *telemetry.Worker
}

// Send implements sms.Sender.
func (s *measuredText) Send(ctx context.Context, m sms.Message) (sms.Receipt, error) {
	began := time.Now()
	r, err := s.next.Send(ctx, m)
	s.metrics.Requested(ctx, dunning.ChannelSMS, err, time.Since(began))
	return r, err
}

type measuredPace struct {
	next    activities.Pacer
	channel dunning.Channel
	metrics *telemetry.Worker
}

// Wait implements activities.Pacer.
func (p *measuredPace) Wait(ctx context.Context, urgent bool) error {
	began := time.Now()
	err := p.next.Wait(ctx, urgent)
	p.metrics.Waited(ctx, p.channel, err, time.Since(began))
	return err
}
