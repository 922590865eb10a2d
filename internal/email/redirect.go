package email

import (
	"context"
	"html"
	"regexp"
	"strings"
)

// Redirect returns a sender that gives every message to next, but to one address instead
// of its own, and marked as redirected. A message that would be refused at its own address
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
	if err := m.check(); err != nil {
		return Receipt{}, err
	}
	banner := "Redirected: in production this message would have gone to " + m.To + "."
	m.To, m.ToName = r.to, ""
	m.Subject = "[redirected] " + m.Subject
	if m.Text != "" {
		m.Text = banner + "\n\n" + m.Text
	}
	if m.HTML != "" {
		m.HTML = withBanner(m.HTML, banner)
	}
	return r.next.Send(ctx, m)
}

var bodyTag = regexp.MustCompile(`(?i)<body[^>]*>`)

// withBanner puts a line at the top of what is shown of a page.
func withBanner(page, banner string) string {
	line := `<p style="margin:0;padding:8px;background:#fff3cd;color:#000;font-family:sans-serif">` + html.EscapeString(banner) + `</p>`
	at := bodyTag.FindStringIndex(page)
	if at == nil {
		return line + page
	}
	return strings.Join([]string{page[:at[1]], line, page[at[1]:]}, "")
}
