package message

import (
	htmltemplate "html/template"
	"strconv"
	"strings"
)

// letter is a message ready for a layout: plain text, in reading order.
type letter struct {
	Language, Subject, Preheader string

	Sender  string // the creditor's name, above the card and under the closing
	LogoURL string // empty: show Sender instead

	Title, Greeting string
	Paragraphs      []string
	Headline        *row   // the one number that matters
	Items           []item // the invoices, if there are several
	Rows            []row  // the box
	QR              *picture
	Story           *story
	HelpTitle, Help string
	Closing         string
	Contact         contact
	Footer          []string
	Website         *link
	Colon           string // what stands between a label and its value
}

// row is a label with its value.
type row struct{ Label, Value string }

type picture struct{ Alt, Caption string }

type story struct {
	Title string
	Lines []row
	Empty string // said instead of no lines
}

type contact struct {
	Name        string
	Phone       row
	PhoneURL    htmltemplate.URL // empty: the number cannot be dialled
	Email       row
	MailAddress string
}

type link struct{ Text, URL string }

// style is how a template addresses its reader.
type style struct {
	greeting, helpTitle, help string
	rows                      func(*speaker, Data) (*row, []row)
	payment                   bool // asks a customer for money: the QR code belongs in it
}

var styles = map[Template]style{
	Invoice:          {"greeting.friendly", "help.title", "help.customer", paymentRows, true},
	InvoiceCopy:      {"greeting.friendly", "help.title", "help.customer", paymentRows, true},
	Reminder:         {"greeting.friendly", "help.title", "help.customer", paymentRows, true},
	StricterReminder: {"greeting.formal", "help.title", "help.customer", demandRows, true},
	FinalNotice:      {"greeting.formal", "help.title", "help.final", noticeRows, true},
	SalesEscalation:  {"greeting.colleague", "help.partner.title", "help.partner", escalationRows, false},
	AgencyHandOff:    {"greeting.agency", "help.partner.title", "help.partner", handOffRows, false},
	AgencyRecall:     {"greeting.agency", "help.partner.title", "help.partner", recallRows, false},
}

func newLetter(t Template, s *speaker, d Data) (letter, error) {
	st, key := styles[t], string(t)
	l := letter{
		Language:   s.language,
		Subject:    OneLine(s.say(key + ".subject")),
		Preheader:  s.say(key + ".preheader"),
		Sender:     d.Creditor.Name,
		LogoURL:    secureURL(d.Creditor.LogoURL),
		Title:      s.say(key + ".title"),
		Greeting:   s.say(st.greeting),
		Paragraphs: s.paragraphs(key + ".body"),
		HelpTitle:  s.say(st.helpTitle),
		Help:       s.say(st.help),
		Closing:    s.say("closing"),
		Contact:    s.contact(d.Creditor),
		Footer:     s.footer(d.Creditor),
		Website:    website(d.Creditor.Website),
		Colon:      s.say("colon"),
	}
	l.Headline, l.Rows = st.rows(s, d)
	if st.payment && len(d.QRPNG) > 0 {
		l.QR = &picture{Alt: s.say("qr.alt"), Caption: s.say("qr.caption")}
	}
	if t == SalesEscalation {
		l.Story = s.story(d)
	}
	return l, s.err
}

func (s *speaker) contact(c Creditor) contact {
	card := contact{
		Name:        c.ContactName,
		Phone:       row{Label: s.say("label.phone"), Value: c.Phone},
		Email:       row{Label: s.say("label.email"), Value: c.ReplyTo},
		MailAddress: c.ReplyTo,
	}
	if dial := dialled(c.Phone); dial != "" {
		// Digits and a plus only: see dialled. html/template knows no tel: links.
		card.PhoneURL = htmltemplate.URL("tel:" + dial) //nolint:gosec // G203: the value is checked
	}
	return card
}

// footer is the identification of the sender.
func (s *speaker) footer(c Creditor) []string {
	var numbers []string
	colon := s.say("colon") + " "
	if c.RegistrationNumber != "" {
		numbers = append(numbers, s.say("footer.registration")+colon+c.RegistrationNumber)
	}
	if c.VATNumber != "" {
		numbers = append(numbers, s.say("footer.vat")+colon+c.VATNumber)
	}
	const separator = " · "
	address := joined(separator, c.Street, joined(" ", c.Postcode, c.City), c.Country)
	return []string{either(c.LegalName, c.Name), address, strings.Join(numbers, separator)}
}

// story tells what happened so far, in the reader's language.
func (s *speaker) story(d Data) *story {
	told := &story{Title: s.say("story.title"), Empty: s.say("story.empty")}
	for _, step := range d.Escalation.Steps {
		label := step.Label
		if key := "step." + label; s.has(key) {
			label = s.say(key)
		}
		told.Lines = append(told.Lines, row{Label: step.Date.Format(s.language), Value: label})
	}
	return told
}

// joined joins the parts that are not empty.
func joined(separator string, parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, separator)
}

// dialled returns what a phone has to dial, or "" when the text holds anything
// but a number as people write it.
func dialled(phone string) string {
	var b strings.Builder
	for i, r := range phone {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			b.WriteRune(r)
		case !strings.ContainsRune(" \u00a0\u202f.-/()", r):
			return ""
		}
	}
	// "+32 (0)2 123" dials without the zero in brackets.
	if strings.HasPrefix(phone, "+") && strings.Contains(phone, "(0)") {
		return ""
	}
	return b.String()
}

// secureURL returns an https address, or "": a mail never fetches anything in
// the open.
func secureURL(address string) string {
	if strings.HasPrefix(address, "https://") {
		return address
	}
	return ""
}

func website(address string) *link {
	bare := strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://")
	if bare = strings.TrimSuffix(bare, "/"); bare == "" {
		return nil
	}
	return &link{Text: bare, URL: "https://" + bare}
}

func count(n int) string { return strconv.Itoa(n) }
