package document

import (
	"cmp"
	"strings"
	"time"

	"maan/internal/reference"
)

// entry is a label with its value. One without a value is left out.
type entry struct{ label, value string }

// open begins a document: its file, letterhead, address field and the block of
// particulars beside it. The subject comes next.
func (l Letterhead) open(s *speaker, embedded bool, title, note string, particulars []entry) *paper {
	p := newPaper(metadata{
		title: title, author: cmp.Or(printable(l.Creditor.LegalName), l.Creditor.Name), language: s.language,
		created: time.Date(l.Date.Year, l.Date.Month, l.Date.Day, 0, 0, 0, 0, time.UTC),
	}, embedded)
	p.onTurn = func() { l.runningHead(p, title) }
	p.masthead(l)
	p.addressField(l, note)
	p.y = max(97, p.particulars(l, s, particulars)+4) // below the address field of form B
	p.use(titleSize, true, ink)
	p.paragraph(left, width, title)
	p.y += 3
	return p
}

func (p *paper) masthead(l Letterhead) {
	const top = 18
	p.use(16, true, ink)
	p.text(left, top, p.cut(printable(l.Creditor.Name), width))
	p.use(smallSize, false, quiet)
	website := strings.TrimSuffix(strings.TrimPrefix(printable(l.Creditor.Website), "https://"), "/")
	p.text(left, top+7.5, p.cut(website, width))
}

// addressField is the window: the sender's line, then the receiver in six lines
// at most (DIN 5008 form B: 85 mm wide, from 45 to 90 mm).
func (p *paper) addressField(l Letterhead, note string) {
	const fieldWidth, senderTop, top = 80, 56, 62.7
	c := l.Creditor
	p.use(6.5, false, quiet)
	sender := joined(" · ", cmp.Or(printable(c.LegalName), printable(c.Name)), printable(c.Street), joined(" ", printable(c.Postcode), printable(c.City)))
	sender = p.cut(sender, fieldWidth)
	p.text(left, senderTop, sender)
	p.rule(left, left+p.widthOf(sender), senderTop+3.2, hair)
	if note != "" {
		p.use(9, true, ink)
		p.text(left, senderTop-5.5, p.cut(printable(note), fieldWidth))
	}
	p.use(bodySize, false, ink)
	y := top
	for _, line := range p.receiver(l, fieldWidth) {
		p.text(left, y, line)
		y += p.lineHeight()
	}
}

// receiver is the address as a postman reads it. The country stands there only
// when it is not the sender's.
func (p *paper) receiver(l Letterhead, fieldWidth float64) []string {
	c := l.Customer
	lines := p.wrapAt(printable(c.LegalName), fieldWidth, 2)
	for _, s := range []string{c.Attention, c.Street, joined(" ", printable(c.Postcode), printable(c.City))} {
		if s = printable(s); s != "" {
			lines = append(lines, p.cut(s, fieldWidth))
		}
	}
	if country := printable(c.Country); country != printable(l.Creditor.Country) && country != "" {
		lines = append(lines, p.cut(strings.ToUpper(country), fieldWidth))
	}
	return lines
}

// particulars is the block to the right of the address: who to call, the date,
// and whatever the document adds. It returns where it ends.
func (p *paper) particulars(l Letterhead, s *speaker, more []entry) (y float64) {
	const x, top, blockWidth, labelWidth = 125.0, 50.0, right - 125, 24.0
	all := append([]entry{
		{s.say("label.date"), s.facts.Date},
		{s.say("label.contact"), l.Creditor.ContactName},
		{s.say("label.phone"), l.Creditor.Phone},
		{s.say("label.email"), l.Creditor.ReplyTo},
		{s.say("label.customer_number"), l.Customer.Number},
	}, more...)
	y = top
	for _, e := range all {
		value := printable(e.value)
		if value == "" {
			continue
		}
		p.use(smallSize, false, quiet)
		p.text(x, y, p.cut(e.label, labelWidth-1))
		p.use(8.5, false, ink)
		p.shrinkWord(value, blockWidth-labelWidth)
		for _, line := range p.wrapAt(value, blockWidth-labelWidth, 2) {
			p.text(x+labelWidth, y-0.25, line)
			y += p.lineHeight()
		}
		y += 0.6
	}
	return y
}

// runningHead tells on a following page what it belongs to.
func (l Letterhead) runningHead(p *paper, title string) {
	const top = 18
	p.use(smallSize, false, quiet)
	date := l.Date.Format(l.Language)
	p.textRight(right, top, date)
	p.text(left, top, p.cut(joined(" · ", printable(l.Creditor.Name), printable(title)), width-p.widthOf(date)-4))
	p.rule(left, right, top+5, hair)
}

// close writes the legal identity and the page number on every page.
func (l Letterhead) close(p *paper, s *speaker) ([]byte, error) {
	c, colon := l.Creditor, s.say("colon")+" "
	identity := []string{
		joined(" · ", cmp.Or(printable(c.LegalName), printable(c.Name)), printable(c.Street),
			joined(" ", printable(c.Postcode), printable(c.City)), printable(c.Country)),
		joined(" · ", labelled(s.say("label.registration")+colon, c.RegistrationNumber), labelled(s.say("label.vat")+colon, c.VATNumber),
			labelled("IBAN"+colon, reference.FormatIBAN(c.IBAN))),
	}
	file, err := p.finish(func(page, pages int) {
		p.rule(left, right, footerTop, hair)
		p.use(smallSize, false, quiet)
		number := s.page(page, pages)
		p.textRight(right, footerTop+2, number)
		room := width - p.widthOf(number) - 6
		y := footerTop + 2
		for _, part := range identity {
			for _, line := range p.wrapAt(part, room, 2) {
				p.text(left, y, line)
				y += p.lineHeight()
			}
		}
	})
	if s.err != nil {
		return nil, s.err
	}
	return file, err
}

func labelled(label, value string) string {
	if value = printable(value); value == "" {
		return ""
	}
	return label + value
}

// joined joins the parts that are not empty.
func joined(separator string, parts ...string) string {
	var some []string
	for _, s := range parts {
		if s != "" {
			some = append(some, s)
		}
	}
	return strings.Join(some, separator)
}
