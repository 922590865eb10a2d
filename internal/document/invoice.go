package document

import (
	"cmp"

	"maan/internal/money"
	"maan/internal/reference"
)

// Invoice writes what an invoice asks for, where no file of it was uploaded: a
// copy when the invoice itself went another way, else a summary. It says that
// it is no invoice, and has one line for the amount, since the record knows no
// items.
//
// Errors: a *MissingError that names every missing or impossible field at once,
// or message.ErrLanguage. None holds a value of the data.
func Invoice(d InvoiceData) ([]byte, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	f := d.facts()
	s, err := newSpeaker(d.Language, f)
	if err != nil {
		return nil, err
	}
	if d.Original != nil {
		s.facts.Channel = s.named("channel", printable(d.Original.Channel))
	}
	if d.Terms.Rate != "" {
		s.facts.Rate = s.percent(d.Terms.Rate)
	}
	return drawn(func(embedded bool) ([]byte, error) {
		p := d.open(s, embedded, s.say("invoice.title"), d.stamp(s), nil)
		p.use(bodySize, false, ink)
		for _, text := range s.paragraphs("invoice.body") {
			p.block(text)
		}
		d.details(p, s)
		d.payment(p, s)
		d.terms(p, s)
		return d.close(p, s)
	})
}

func (d InvoiceData) facts() facts {
	f := d.Letterhead.facts()
	f.about(d.Letterhead, d.Invoice)
	f.Copy = d.Original != nil
	if f.Copy {
		f.SentOn = d.Original.SentOn.Format(d.Language)
	}
	f.Flat = money.New(40_00, "EUR").Format(d.Language)
	f.Discount = printable(d.Terms.Discount)
	return f
}

// stamp marks a copy above the address.
func (d InvoiceData) stamp(s *speaker) string {
	if d.Original == nil {
		return ""
	}
	return s.say("invoice.stamp")
}

// details are the particulars of both parties and the amount in one line.
func (d InvoiceData) details(p *paper, s *speaker) {
	const labelWidth = 35
	c, k := d.Creditor, d.Customer
	p.table([]column{{title: s.say("invoice.details"), width: labelWidth}, {width: width - labelWidth}}, pairs([]entry{
		{s.say("label.seller"), s.party(cmp.Or(printable(c.LegalName), c.Name), c.Street, c.Postcode, c.City, c.Country, c.RegistrationNumber, c.VATNumber)},
		{s.say("label.buyer"), s.party(k.LegalName, k.Street, k.Postcode, k.City, k.Country, k.RegistrationNumber, k.VATNumber)},
		{s.say("label.invoice"), d.Invoice.Number},
		{s.say("label.purchase_order"), d.Invoice.PurchaseOrder},
		{s.say("label.issue_date"), s.facts.IssueDate},
		{s.say("label.delivery_date"), d.DeliveredOn.Format(d.Language)},
		{s.say("label.due_date"), s.facts.DueDate},
	}))
	rows := []cells{{texts: []string{s.say("invoice.amount"), s.facts.Amount}}}
	if settled, err := d.Invoice.Amount.Sub(d.Invoice.Open); err == nil && !settled.IsZero() {
		rows = append(rows, cells{texts: []string{s.say("invoice.settled"), settled.Neg().Format(d.Language)}})
	}
	rows = append(rows, cells{texts: []string{s.say("label.to_pay"), s.facts.Open}, strong: true})
	p.table(sums(s), rows)
}

// party is a company with its address and numbers.
func (s *speaker) party(name, street, postcode, city, country, registration, vat string) string {
	colon := s.say("colon") + " "
	return joined(" · ",
		joined(", ", printable(name), printable(street), joined(" ", printable(postcode), printable(city)), printable(country)),
		labelled(s.say("label.registration")+colon, registration), labelled(s.say("label.vat")+colon, vat))
}

// payment says how to pay what is open.
func (d InvoiceData) payment(p *paper, s *speaker) {
	if !d.Invoice.Open.IsPositive() {
		p.use(bodySize, true, ink)
		p.block(s.say("invoice.paid"))
		return
	}
	p.paymentBox(s.say("payment.title"), []entry{
		{s.say("label.to_pay"), s.facts.Open},
		{s.say("label.due_date"), s.facts.DueDate},
		{s.say("label.iban"), reference.FormatIBAN(d.Creditor.IBAN)},
		{s.say("label.account_name"), d.Creditor.AccountName},
		{s.say("label.reference"), paymentReference(d.Invoice)},
	}, d.qrModules(d.Invoice.Open, paymentReference(d.Invoice)), s.say("qr.caption"))
}

// terms are the sentences on late payment that the governing law wants on an
// invoice.
func (d InvoiceData) terms(p *paper, s *speaker) {
	key := "terms." + d.Terms.Law
	if d.Terms.Consumer {
		key += ".consumer"
	}
	p.use(noteSize, false, quiet)
	if laws[d.Terms.Law] && s.has(key) {
		for _, text := range s.paragraphs(key) {
			p.block(text)
		}
	}
	if d.Terms.Discount != "" {
		p.block(s.say("terms.discount"))
	}
	p.block(s.say("invoice.note"))
}

// pairs are the rows of a table of labels and values.
func pairs(entries []entry) []cells {
	var rows []cells
	for _, e := range entries {
		if e.value != "" {
			rows = append(rows, cells{texts: []string{e.label, e.value}})
		}
	}
	return rows
}

// sums are the columns of a description and its amount.
func sums(s *speaker) []column {
	const amountWidth = 45
	return []column{
		{title: s.say("label.description"), width: width - amountWidth},
		{title: s.say("label.sum"), width: amountWidth, right: true},
	}
}
