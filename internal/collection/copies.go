package collection

import (
	"context"
	"slices"

	"maan/internal/dunning"
	"maan/internal/message"
	"maan/internal/store"
)

// claimCopies claims the copies of the letters' mail that the policy wants colleagues to have.
//
// A copy is a message of its own and no second recipient of the customer's mail: what the
// provider reports of a message then is always about the customer's address, the customer
// sees no address of a colleague, and a colleague's full mailbox fails no step. It has no
// item, so nothing of the case waits for it; whoever hands it over does so only once the
// customer's mail was taken, so that nobody reads a copy of what was not sent.
func (a *acting) claimCopies(ctx context.Context, claim *Claim, letters []letter) error {
	i := slices.IndexFunc(letters, func(l letter) bool {
		return l.row.Channel == dunning.ChannelEmail && l.row.Audience == audienceCustomer
	})
	if i < 0 || !slices.ContainsFunc(letters[i].about, func(m *acting) bool { return slices.Contains(m.step.CopyTo, dunning.AccountManager) }) {
		return nil
	}
	who, err := a.colleague(ctx)
	if err != nil {
		return err
	}
	if who == nil || who.Email == letters[i].body.Recipient { // nobody is named, or has the mail itself
		a.event("copy_skipped", map[string]any{"step": string(a.act.Step), "reason": "no_account_manager"})
		return nil
	}
	c := a.copyOf(&letters[i], who)
	a.write(store.AddMessage(c.row, c.body))
	a.event("message_claimed", map[string]any{
		"message_id": c.row.ID.String(), "step": string(a.act.Step), "occurrence": a.row.Occurrence, "channel": string(c.row.Channel),
		"body_sha256": c.row.BodySHA256, "template": c.row.Template, "copy_of": letters[i].row.ID.String(),
	})
	claim.Outgoing = append(claim.Outgoing, c.outgoing)
	return nil
}

// copyOf is the mail of a letter as a colleague gets it: marked, and otherwise the same.
func (a *acting) copyOf(l *letter, who *store.AccountManager) letter {
	m := message.Copy(message.Mail{Subject: l.body.Subject, HTML: l.body.HTML, Text: l.body.Text}, l.row.Language, a.Customer.LegalName)
	c := a.letter(dunning.ChannelEmail, addressee{audience: "colleague", name: who.Name, address: who.Email}, l.row.Template,
		l.row.TemplateVersion, l.row.Language, m.SHA256)
	of := l.row.ID
	c.row.CopyOf = &of
	c.body.Subject, c.body.HTML, c.body.Text = m.Subject, m.HTML, m.Text
	c.outgoing.Subject, c.outgoing.HTML, c.outgoing.Text = m.Subject, m.HTML, m.Text
	c.outgoing.QRCode, c.outgoing.Attachments, c.outgoing.CopyOf = l.outgoing.QRCode, l.outgoing.Attachments, of
	return c
}
