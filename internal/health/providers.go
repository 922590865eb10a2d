package health

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"maan/internal/dunning"
	"maan/internal/store"
)

// channels are looked at each by itself: each has its provider.
//
//nolint:gochecknoglobals // a constant list
var channels = []dunning.Channel{dunning.ChannelEmail, dunning.ChannelSMS}

// providers looks at what became of the newest messages of each channel.
func (s *Service) providers(ctx context.Context, scope store.Scope, now time.Time) ([]Check, error) {
	lines, err := s.store.SendingByChannel(ctx, scope, store.SendingMoments{
		Since: now.Add(-lookBack), RejectedSince: now.Add(-rejectedWithin), ReportedUntil: now.Add(-reportPatience),
	})
	if err != nil {
		return nil, err
	}
	waits, err := s.store.Waits(ctx, scope)
	if err != nil {
		return nil, err
	}
	circuits, err := s.store.OpenCircuits(ctx)
	if err != nil {
		return nil, fmt.Errorf("read open circuits: %w", err)
	}
	waiting := waits[dunning.ReasonProviderDown]+waits[dunning.ReasonUnsettled] > 0
	var checks []Check
	for _, channel := range channels {
		line := store.Sending{Channel: channel}
		if i := slices.IndexFunc(lines, func(l store.Sending) bool { return l.Channel == channel }); i >= 0 {
			line = lines[i]
		}
		check := errorsOf(line, waiting, now)
		if i := slices.IndexFunc(circuits, func(p store.ProviderState) bool { return p.Channel == channel }); i >= 0 {
			check = openCircuit(check, circuits[i])
		}
		checks = append(checks, check)
		if !slices.Contains(s.settings.Unreported, channel) {
			checks = append(checks, reportsOf(line))
		}
	}
	return checks, nil
}

// errorsOf judges a provider. It is down when it has taken nothing since it first failed, for
// some while or several times; that lasts until it takes a message. Many refused messages
// among those it answers are a warning.
func errorsOf(l store.Sending, waiting bool, now time.Time) Check {
	c := Check{Condition: ProviderErrors, Subject: string(l.Channel), Severity: OK}
	if l.Failures > 0 && (waiting || now.Sub(*l.LastFailure) < failureCountsFor) &&
		(l.Failures >= failingAtLeast || now.Sub(*l.FirstFailure) >= failingAfter) {
		c.Severity, c.Count, c.Oldest = Alarm, l.Failures, l.FirstFailure
		return c
	}
	if l.Rejected >= rejectedAtLeast && l.Rejected*rejectedShare >= l.Attempts {
		c.Severity, c.Count, c.Oldest = Warning, l.Rejected, l.FirstRejected
	}
	return c
}

// openCircuit makes the check of a provider to which nothing is sent an alarm at once. The circuit is
// everybody's: it counts for a creditor too that has sent nothing since. With it goes what is seen of
// the messages, so that the two are one alarm, which is over when neither is there.
func openCircuit(c Check, p store.ProviderState) Check {
	since := cmp.Or(p.FailingSince, p.OpenedAt)
	if c.Severity != Alarm {
		c.Count, c.Oldest = 0, nil
	}
	c.Severity, c.Count = Alarm, max(c.Count, p.Failures, 1)
	if c.Oldest == nil || since.Before(*c.Oldest) {
		c.Oldest = since
	}
	return c
}

// reportsOf judges the reports on what a provider took. They come within seconds as a rule, so
// several messages without any are an alarm.
func reportsOf(l store.Sending) Check {
	c := Check{Condition: MissingReports, Subject: string(l.Channel), Severity: OK}
	if l.Unreported >= unreportedAtLeast {
		c.Severity, c.Count, c.Oldest = Alarm, l.Unreported, l.FirstUnreported
	}
	return c
}
