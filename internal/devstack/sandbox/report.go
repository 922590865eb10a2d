package sandbox

import (
	"net/url"
	"strings"
)

// outcome decides what becomes of a message from its recipient alone, so that a
// test chooses it by the address:
//
//	bounce...@ or @bounce.example   bounced, status 550
//	blocked...@                     dropped
//	number ending in 0009           undelivered, error 30003
//
// A number ending in 0008 is never accepted (error 21211).
func outcome(channel Channel, to string) Status {
	if channel == SMS {
		if strings.HasSuffix(to, "0009") {
			return Undelivered
		}
		return Delivered
	}
	local, domain, _ := strings.Cut(strings.ToLower(to), "@")
	switch {
	case strings.HasPrefix(local, "bounce") || domain == "bounce.example":
		return Bounced
	case strings.HasPrefix(local, "blocked"):
		return Dropped
	default:
		return Delivered
	}
}

// report queues the webhooks that lead to status. first says that the provider
// has not reported on the message yet.
func (s *Sandbox) report(m Message, status Status, first bool) {
	if m.Channel == SMS {
		if m.callback != "" {
			s.queue.addText(textJob{id: m.ID, status: status, callback: m.callback, forms: s.textForms(m, status, first)})
		}
		return
	}
	if s.cfg.WebhookBaseURL != "" {
		s.queue.addMail(mailJob{id: m.ID, status: status, events: s.mailEvents(m, status, first)})
	}
}

func (s *Sandbox) mailEvents(m Message, status Status, first bool) []map[string]any {
	events := []map[string]any{}
	if first && status != Dropped {
		events = append(events, s.mailEvent(m, "processed"))
	}
	switch status {
	case Bounced:
		bounce := s.mailEvent(m, "bounce")
		bounce["type"], bounce["status"] = "bounce", "550"
		bounce["reason"] = "550 5.1.1 <" + m.To + ">: the account does not exist"
		events = append(events, bounce)
	case Dropped:
		drop := s.mailEvent(m, "dropped")
		drop["reason"] = "Bounced Address"
		events = append(events, drop)
	case Complained:
		events = append(events, s.mailEvent(m, "spamreport"))
	case Unsubscribed:
		events = append(events, s.mailEvent(m, "unsubscribe"))
	default:
		delivered := s.mailEvent(m, "delivered")
		delivered["response"] = "250 OK"
		events = append(events, delivered)
	}
	return events
}

// mailEvent is an event as SendGrid words it: custom arguments beside its own
// fields, and a message id longer than the one it answered with.
func (s *Sandbox) mailEvent(m Message, event string) map[string]any {
	fields := map[string]any{}
	for name, value := range m.args {
		fields[name] = value
	}
	fields["email"] = m.To
	fields["event"] = event
	fields["timestamp"] = s.Now().Unix()
	fields["smtp-id"] = "<" + m.ID + "@sandbox.invalid>"
	fields["sg_event_id"] = mailID()
	fields["sg_message_id"] = m.ID + ".recvd-sandbox-1-00000000-1.0"
	return fields
}

func (s *Sandbox) textForms(m Message, status Status, first bool) []url.Values {
	forms := []url.Values{}
	if first {
		forms = append(forms, s.textForm(m, "sent"))
	}
	last := s.textForm(m, string(status))
	if status == Undelivered {
		last.Set("ErrorCode", "30003")
	}
	return append(forms, last)
}

func (s *Sandbox) textForm(m Message, status string) url.Values {
	return url.Values{
		"AccountSid": {s.cfg.TwilioSID}, "ApiVersion": {"2010-04-01"},
		"From": {m.From}, "To": {m.To},
		"MessageSid": {m.ID}, "MessageStatus": {status},
		"SmsSid": {m.ID}, "SmsStatus": {status},
	}
}
