package sms

import "context"

// Redirect returns a sender that gives every message to next, but to one number instead
// of its own, and marked as redirected. A message that would be refused at its own number
// is refused as ever. It is for systems that must reach no customer.
func Redirect(next Sender, to string) Sender {
	return &redirected{next: next, to: to}
}

type redirected struct {
	next Sender
	to   string
}

// Send implements Sender.
func (r *redirected) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := m.checkContent(); err != nil {
		return Receipt{}, err
	}
	m.Text = "Redirected, meant for " + m.To + ": " + m.Text
	m.To = r.to
	return r.next.Send(ctx, m)
}
