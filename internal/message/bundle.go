package message

import (
	"fmt"
	"strings"

	"maan/internal/money"
)

// Part is what a message says about one of several invoices, at its own stage: Template is
// Reminder, StricterReminder or FinalNotice.
type Part struct {
	Template Template
	Data     Data
}

// firmness orders the stages that one message can be about.
var firmness = map[Template]int{Reminder: 1, StricterReminder: 2, FinalNotice: 3}

// leading is the part in whose tone a message about all of them speaks.
func leading(parts []Part) Part {
	first := parts[0]
	for _, p := range parts[1:] {
		if firmness[p.Template] > firmness[first.Template] {
			first = p
		}
	}
	return first
}

// RenderBundle writes one mail about several invoices of a customer, in the order given, in the
// tone of the firmest; each is stated with its own stage, sums and dates. Sender and reader are
// the same in all parts. The QR code, if any, pays all of them.
//
// Errors are those of [RenderMail]; the parts must be two or more.
func RenderBundle(language string, qr []byte, parts []Part) (Mail, error) {
	if !Supported(language) {
		return Mail{}, fmt.Errorf("%w: %q", ErrLanguage, language)
	}
	language = baseLanguage(language)
	parts, err := checked(parts)
	if err != nil {
		return Mail{}, err
	}
	lead := leading(parts)
	f := bundleFacts(language, parts)
	f.Together = len(qr) > 0
	s, err := newSpeaker(language, f)
	if err != nil {
		return Mail{}, err
	}
	lead.Data.QRPNG = qr
	l, err := newBundleLetter(lead.Template, s, lead.Data)
	if err != nil {
		return Mail{}, err
	}
	for _, p := range parts {
		item, err := newItem(language, p, sameAccount(parts))
		if err != nil {
			return Mail{}, err
		}
		l.Items = append(l.Items, item)
	}
	if sameAccount(parts) {
		l.Rows = filled(l.Rows, s.accountRows(lead.Data)[:2])
	}
	return layOut(lead.Template, l, lead.Data)
}

// checked cleans the parts and reports what they lack.
func checked(parts []Part) ([]Part, error) {
	if len(parts) < 2 {
		return nil, fmt.Errorf("%w: a message about several invoices has %d", ErrTemplate, len(parts))
	}
	all := make([]Part, len(parts))
	for i, p := range parts {
		if firmness[p.Template] == 0 {
			return nil, fmt.Errorf("%w for several invoices: %q", ErrTemplate, p.Template)
		}
		p.Data = clean(p.Data)
		if err := validate(p.Template, p.Data); err != nil {
			return nil, err
		}
		all[i] = p
	}
	return all, nil
}

// bundleFacts are the facts of the leading part, and what is true of all.
func bundleFacts(language string, parts []Part) *facts {
	lead := leading(parts)
	f := newFacts(language, lead.Data)
	f.Count, f.Attached = len(parts), true
	for _, p := range parts {
		f.Attached = f.Attached && p.Data.Invoice.Attached
		if p.Template == FinalNotice {
			f.Finals++
		}
	}
	var sums, short []string
	for _, t := range totals(parts) {
		sums, short = append(sums, t.Format(language)), append(short, t.FormatSMS(language))
	}
	f.Asked, f.OpenSMS = strings.Join(sums, " + "), strings.Join(short, " + ")
	return f
}

// totals are the sums asked, one for each currency, in the order in which they appear.
func totals(parts []Part) []money.Amount {
	var sums []money.Amount
	for _, p := range parts {
		sums = addTo(sums, p.Data.Asked())
	}
	return sums
}

func addTo(sums []money.Amount, a money.Amount) []money.Amount {
	for i := range sums {
		if sums[i].Currency == a.Currency {
			sums[i].Minor += a.Minor // of at most a page of invoices
			return sums
		}
	}
	return append(sums, a)
}

// sameAccount reports whether all invoices are paid to one account.
func sameAccount(parts []Part) bool {
	for _, p := range parts[1:] {
		if p.Data.Creditor.IBAN != parts[0].Data.Creditor.IBAN || p.Data.Creditor.AccountName != parts[0].Data.Creditor.AccountName {
			return false
		}
	}
	return true
}

// newBundleLetter is everything but the list of invoices.
func newBundleLetter(t Template, s *speaker, d Data) (letter, error) {
	key := "bundle." + string(t)
	l := letter{
		Language: s.language, Subject: OneLine(s.say(key + ".subject")), Preheader: s.say(key + ".preheader"),
		Sender: d.Creditor.Name, LogoURL: secureURL(d.Creditor.LogoURL),
		Title: s.say(key + ".title"), Greeting: s.say(styles[t].greeting), Paragraphs: s.paragraphs(key + ".body"),
		Headline:  &row{Label: s.say("label.to_pay"), Value: s.facts.Asked},
		HelpTitle: s.say(styles[t].helpTitle), Help: s.say("bundle." + styles[t].help), Closing: s.say("closing"),
		Contact: s.contact(d.Creditor), Footer: s.footer(d.Creditor), Website: website(d.Creditor.Website), Colon: s.say("colon"),
	}
	l.Rows = filled([]row{{Label: s.say("label.customer"), Value: d.Customer.LegalName}})
	if len(d.QRPNG) > 0 {
		l.QR = &picture{Alt: s.say("bundle.qr.alt"), Caption: s.say("qr.caption")}
	}
	return l, s.err
}

// item is one invoice of several.
type item struct {
	Title, Value string   // its number, and the sum asked for it
	Stage        string   // in words
	Lines        []string // what else there is to say
}

func newItem(language string, p Part, sameAccount bool) (item, error) {
	s, err := newSpeaker(language, newFacts(language, p.Data))
	if err != nil {
		return item{}, err
	}
	it := item{Title: s.say("bundle.invoice"), Value: s.facts.Asked, Stage: s.say("bundle.stage." + string(p.Template))}
	it.Lines = append(s.paragraphs("bundle.due"), s.paragraphs("bundle.item."+string(p.Template))...)
	colon := s.say("colon") + " "
	for _, r := range filled(s.itemRows(p, sameAccount)) {
		it.Lines = append(it.Lines, r.Label+colon+r.Value)
	}
	return it, s.err
}

// itemRows are what the payer needs for one of several invoices.
func (s *speaker) itemRows(p Part, sameAccount bool) []row {
	rows := []row{
		{Label: s.say("label.reference"), Value: s.facts.Reference},
		{Label: s.say("label.purchase_order"), Value: p.Data.Invoice.PurchaseOrder},
	}
	if s.facts.Partial {
		rows = append(rows, row{Label: s.say("label.amount"), Value: s.facts.Amount})
	}
	if !sameAccount {
		rows = append(rows, s.accountRows(p.Data)[:2]...)
	}
	return rows
}

// RenderBundleSMS writes one text message about several invoices: who, how many, how much and
// whom to call; which they are, the mail says. Errors are those of [RenderSMS].
func RenderBundleSMS(language string, parts []Part) (SMS, error) {
	if !Supported(language) {
		return SMS{}, fmt.Errorf("%w: %q", ErrLanguage, language)
	}
	language = baseLanguage(language)
	parts, err := checked(parts)
	if err != nil {
		return SMS{}, err
	}
	lead := leading(parts)
	text, err := fit(language, "bundle.sms", lead.Data.Creditor.Name, bundleFacts(language, parts))
	if err != nil {
		return SMS{}, err
	}
	return SMS{
		Text: text, Segments: gsmSegments(text), Template: lead.Template, Version: Version, Language: language, SHA256: digest(text),
	}, nil
}
