package collection

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/message"
	"maan/internal/money"
	"maan/internal/reference"
	"maan/internal/store"
)

// letter is a message ready to be claimed.
type letter struct {
	row      store.Message
	body     store.MessageBody
	outgoing Outgoing
	about    []*acting // the steps for which it speaks
	papers   []paper   // that were made for it, to be kept with their cases
}

// paper is a document about one of a message's invoices.
type paper struct {
	NewDocument

	about *acting
}

// audienceCustomer are the readers to whom a message has a tone. Stored: never rename.
const audienceCustomer = "customer"

// addressee is who a message goes to.
type addressee struct {
	contact   *uuid.UUID
	audience  string // customer, colleague, agency
	name      string
	firstName string
	address   string
	language  string
}

// compose writes the step's messages, one for each channel on which somebody can be
// reached and nothing is certain yet. None means that nobody can be reached. What goes to
// the customer speaks for the mates too.
func (a *acting) compose(ctx context.Context, mates []*acting) ([]letter, error) {
	switch a.step.Do {
	case dunning.DoEscalate:
		return a.composeEscalation(ctx)
	case dunning.DoHandOff:
		return a.composeHandOff(ctx)
	default:
		return a.composeToCustomer(ctx, mates)
	}
}

func (a *acting) composeToCustomer(ctx context.Context, mates []*acting) ([]letter, error) {
	parts, err := a.parts(ctx, mates)
	if err != nil {
		return nil, err
	}
	var letters []letter
	for _, channel := range []dunning.Channel{dunning.ChannelEmail, dunning.ChannelSMS} {
		to, with := partsTo(channel, parts)
		if len(with) == 0 {
			continue
		}
		var l letter
		if channel == dunning.ChannelSMS {
			if l, err = textTo(to, with); errors.Is(err, message.ErrTooLong) {
				continue // the mail says it in full
			}
		} else {
			l, err = mailTo(ctx, to, with)
		}
		if err != nil {
			return nil, err
		}
		l.about = l.about[:0]
		for _, p := range with {
			l.about = append(l.about, p.acting)
		}
		letters = append(letters, l)
	}
	return letters, nil
}

// triedForGood reports whether a channel refused this occurrence's message for good.
func (a *acting) triedForGood(c dunning.Channel) bool {
	for _, m := range a.sit.Messages {
		if m.Channel == c && m.Result().Status == "failed" {
			return true
		}
	}
	return false
}

// template is the step's own, or a gentler one: the tone climbs one rung at a time from
// what the customer has really been sent.
func (a *acting) template() message.Template {
	if a.step.Do != dunning.DoMessage {
		return message.Template(a.step.Template)
	}
	if tone := dunning.ToneFor(a.step, a.sit.SentTone); tone < a.step.Tone {
		if tone == dunning.ToneFriendly {
			return message.Reminder
		}
		return message.StricterReminder
	}
	return message.Template(a.step.Template)
}

func (a *acting) tone() dunning.Tone { return dunning.ToneFor(a.step, a.sit.SentTone) }

// stated is what the step's message states of the case, but for what the law adds.
func (a *acting) stated(ctx context.Context) (message.Data, error) {
	d := a.data()
	if a.step.Tone == dunning.ToneFinal {
		if err := a.finalFacts(ctx, &d); err != nil {
			return d, err
		}
	}
	d.PayBy = a.deadline(max(5, a.step.AnswerWithin))
	if !d.HandOffOn.IsZero() && d.HandOffOn.Before(d.PayBy) {
		d.PayBy = d.HandOffOn
	}
	d.Reopened = a.Run.Reason == "reopened" && a.tone() == dunning.ToneFriendly
	if a.sit.SentTone > dunning.ToneNone && a.sit.LastReminderOn != nil {
		d.PreviousReminder = a.place.Date(*a.sit.LastReminderOn)
	}
	return d, nil
}

// finalFacts are the agency and the day of the hand-off, as the plan has it.
func (a *acting) finalFacts(ctx context.Context, d *message.Data) error {
	next, ok := a.Policy.Next(a.act.Step)
	if !ok || next.Do != dunning.DoHandOff || a.Creditor.AgencyID == nil {
		d.HandOffOn, d.AgencyName = a.today().AddDays(7), ""
		return nil
	}
	agency, err := a.tx.Agency(ctx, *a.Creditor.AgencyID)
	if err != nil {
		return err
	}
	d.AgencyName = agency.Name
	d.HandOffOn = a.place.Customer.OnOrAfter(a.today().AddDays(next.Offset.Days))
	if after := a.deadline(a.step.AnswerWithin + 1); after.After(d.HandOffOn) { // as the plan has it
		d.HandOffOn = after
	}
	return nil
}

// data is what every message may state about the case.
func (f *caseFile) data() message.Data {
	in := &f.Invoice
	return message.Data{
		Creditor: f.statedCreditor(),
		Customer: message.Customer{Number: f.Customer.Number, LegalName: f.Customer.LegalName},
		Invoice: message.InvoiceFacts{
			Number: in.Number, IssueDate: in.IssueDate, DueDate: in.DueDate, Amount: in.Amount(), Open: in.Open(),
			PaymentReference: humanReference(in.PaymentReference), PurchaseOrder: in.PurchaseOrder,
			DaysOverdue: max(0, f.today().DaysSince(in.DueDate)),
		},
	}
}

func (f *caseFile) statedCreditor() message.Creditor {
	cr := &f.Creditor
	c := message.Creditor{
		Name: cr.Name, RegistrationNumber: cr.RegistrationNumber, VATNumber: cr.VATNumber, Street: cr.Street, Postcode: cr.Postcode,
		City: cr.City, Country: cr.Country, Phone: cr.Phone, ContactName: cr.ContactName, ReplyTo: cr.ReplyTo, Website: cr.Website,
		LogoURL: cr.LogoURL,
	}
	c.IBAN, c.AccountName = f.account()
	return c
}

// account is where to pay: the invoice's own account if it names a valid one, else the
// creditor's as it was registered.
func (f *caseFile) account() (iban, name string) {
	if f.Invoice.IBAN != "" && f.Invoice.IBANValid {
		name = f.Invoice.AccountName
		if name == "" {
			name = f.Creditor.AccountName
		}
		return f.Invoice.IBAN, name
	}
	return f.Creditor.IBAN, f.Creditor.AccountName
}

func humanReference(r string) string {
	scheme, canonical, ok := reference.Detect(r)
	if !ok {
		return r
	}
	switch scheme {
	case reference.OGM:
		return reference.FormatOGM(canonical)
	case reference.RF:
		return reference.FormatRF(canonical)
	default:
		return canonical
	}
}

// qrCode is the payment of an amount as a QR code, where the scheme allows one: euros to a valid
// account.
func (f *caseFile) qrCode(amount money.Amount) []byte {
	iban, name := f.account()
	if f.Invoice.IBAN != "" && !f.Invoice.IBANValid {
		return nil // the invoice and the mail name different accounts: a person shall look before paying
	}
	if iban == "" || f.Invoice.Currency != "EUR" || f.Invoice.OpenMinor <= 0 {
		return nil
	}
	ref := f.Invoice.PaymentReference
	t := reference.Transfer{Name: name, IBAN: iban, Amount: amount, Reference: ref}
	if ref == "" {
		t.Reference = f.Invoice.Number
	}
	payload, err := t.EPC()
	if err != nil {
		return nil // what does not fit the standard gets no code; the mail states account and reference in words
	}
	png, err := reference.QRCodePNG(payload)
	if err != nil {
		return nil
	}
	return png
}

func (a *acting) mail(t message.Template, d message.Data, to addressee, docs []store.Document) (letter, error) {
	m, err := message.RenderMail(t, message.Language(to.language, a.Creditor.Language), d)
	if err != nil {
		return letter{}, fmt.Errorf("render %s for case %s: %w", t, a.Invoice.ID, err)
	}
	return a.mailOf(m, d.QRPNG, to, docs), nil
}

func (a *acting) mailOf(m message.Mail, qr []byte, to addressee, docs []store.Document) letter {
	l := a.letter(dunning.ChannelEmail, to, string(m.Template), m.Version, m.Language, m.SHA256)
	l.body.Subject, l.body.HTML, l.body.Text = m.Subject, m.HTML, m.Text
	l.outgoing.Subject, l.outgoing.HTML, l.outgoing.Text = m.Subject, m.HTML, m.Text
	l.outgoing.QRCode, l.outgoing.Attachments = qr, docs
	l.about = []*acting{a}
	return l
}

func (a *acting) letter(c dunning.Channel, to addressee, template, version, language, sha string) letter {
	id := store.NewID()
	tone := dunning.ToneNone
	if to.audience == audienceCustomer {
		tone = a.tone()
	}
	reply, token := a.service.replyTo(a.Creditor.ReplyTo, to, c)
	return letter{
		row: store.Message{
			ID: id, ReplyToken: token, CreditorID: a.Creditor.ID, CustomerID: a.Customer.ID, ContactID: to.contact, Audience: to.audience, Channel: c,
			Template: template, TemplateVersion: version, Language: language, Tone: tone, BodySHA256: sha, Status: "sending", ClaimedAt: a.now,
		},
		body: store.MessageBody{MessageID: id, Recipient: to.address, RecipientName: to.name},
		outgoing: Outgoing{
			MessageID: id, Channel: c, Template: template, From: a.Creditor.SenderEmail, FromName: a.Creditor.SenderName, ReplyTo: reply,
			To: to.address, ToName: to.name, CreditorID: a.Creditor.ID,
		},
	}
}

// showShadow writes down what would have been sent, so that people can look at it.
func (a *acting) showShadow(ctx context.Context) error {
	if a.step.Do == dunning.DoHandOff {
		return nil // a dossier goes out only after an approval, which shadow never asks for
	}
	a.sit.SentTone = max(a.sit.SentTone, a.step.Tone-1) // as if the steps before had been sent
	letters, err := a.compose(ctx, nil)
	if isIncomplete(err) {
		a.event("message_incomplete", map[string]any{"step": string(a.act.Step)})
		return nil
	}
	if err != nil {
		return err
	}
	for _, l := range letters {
		l.row.Status = "shadow"
		a.write(store.AddMessage(l.row, l.body))
		a.event("message_shadowed", map[string]any{"message_id": l.row.ID.String(), "step": string(a.act.Step), "channel": string(l.row.Channel)})
	}
	return nil
}

// deadline is a date some business days from today.
func (a *acting) deadline(days int) calendar.Date {
	return a.place.Customer.AddBusinessDays(a.today(), max(1, days))
}
