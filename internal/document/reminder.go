package document

import (
	"fmt"
	"strconv"

	"maan/internal/calendar"
	"maan/internal/money"
	"maan/internal/reference"
)

// Reminder writes the stricter reminder as a letter: what is demanded by which
// day, how it is computed, and who can be called.
//
// Errors: a *MissingError that names every missing or impossible field at once,
// message.ErrLanguage, or money.ErrOverflow for sums out of range. None holds a
// value of the data.
func Reminder(d ReminderData) ([]byte, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	sums, err := d.sums()
	if err != nil {
		return nil, fmt.Errorf("add up the reminder: %w", err)
	}
	s, err := newSpeaker(d.Language, d.facts(sums))
	if err != nil {
		return nil, err
	}
	return drawn(func(embedded bool) ([]byte, error) {
		p := d.open(s, embedded, s.say("reminder.title"), "", []entry{
			{s.say("label.invoice"), d.Invoice.Number},
			{s.say("label.purchase_order"), d.Invoice.PurchaseOrder},
		})
		d.letter(p, s, sums)
		d.interest(p, s)
		d.mayAdd(p, s)
		return d.close(p, s)
	})
}

// reminderSums are the sums of a reminder, in the currency of the invoice.
type reminderSums struct {
	costs, total money.Amount // claimed costs; all that is demanded
}

func (d ReminderData) sums() (sums reminderSums, err error) {
	if sums.costs, err = d.Claimed.costs(d.Invoice.Open.Currency); err != nil {
		return sums, err
	}
	if sums.total, err = plus(d.Invoice.Open, d.Claimed.InterestTotal); err != nil {
		return sums, err
	}
	sums.total, err = plus(sums.total, sums.costs)
	return sums, err
}

// plus adds an amount that may be the zero Amount, without a currency.
func plus(a, b money.Amount) (money.Amount, error) {
	if b.IsZero() {
		return a, nil
	}
	return a.Add(b) //nolint:wrapcheck // the caller says what was added up
}

func (c Claim) costs(currency money.Currency) (sum money.Amount, err error) {
	sum = money.New(0, currency)
	for _, l := range c.Costs {
		if sum, err = plus(sum, l.Amount); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

func (d ReminderData) facts(sums reminderSums) facts {
	f := d.Letterhead.facts()
	f.about(d.Letterhead, d.Invoice)
	f.Law = d.Law
	f.PayBy, f.Previous = d.PayBy.Format(d.Language), d.PreviousReminder.Format(d.Language)
	f.Total = sums.total.Format(d.Language)
	f.Interest, f.Costs = some(d.Claimed.InterestTotal, d.Language), some(sums.costs, d.Language)
	f.InterestUntil = d.Claimed.until().Format(d.Language)
	f.Reopened = d.Reopened
	return f
}

// letter is the text with the sums and the payment box.
func (d ReminderData) letter(p *paper, s *speaker, sums reminderSums) {
	p.use(bodySize, false, ink)
	p.block(s.say("greeting"))
	for _, text := range s.paragraphs("reminder.body") {
		p.block(text)
	}
	d.summary(p, s)
	p.paymentBox(s.say("payment.title"), []entry{
		{s.say("label.to_pay"), s.facts.Total},
		{s.say("label.pay_by"), s.facts.PayBy},
		{s.say("label.iban"), reference.FormatIBAN(d.Creditor.IBAN)},
		{s.say("label.account_name"), d.Creditor.AccountName},
		{s.say("label.reference"), paymentReference(d.Invoice)},
	}, d.qrModules(sums.total, paymentReference(d.Invoice)), s.say("qr.caption"))
	p.use(bodySize, false, ink)
	help := s.paragraphs("reminder.help")
	for i, text := range help {
		if i == len(help)-1 {
			p.need(p.heightOf(text) + d.signatureHeight(p)) // nobody signs an empty page
		}
		p.block(text)
	}
	d.signature(p, s)
}

const signatureGap = 1.5

func (d ReminderData) signatureHeight(p *paper) float64 { return 2*p.lineHeight() + signatureGap }

func (d ReminderData) signature(p *paper, s *speaker) {
	const after = 2
	p.need(d.signatureHeight(p))
	p.paragraph(left, width, s.say("closing"))
	p.y += signatureGap
	p.paragraph(left, width, p.cut(joined(", ", s.facts.Contact, s.facts.Creditor), width))
	p.y += after
}

// summary is the sum demanded, line by line.
func (d ReminderData) summary(p *paper, s *speaker) {
	rows := []cells{{texts: []string{s.say("reminder.line"), s.facts.Amount}}}
	if settled, err := d.Invoice.Amount.Sub(d.Invoice.Open); err == nil && !settled.IsZero() {
		rows = append(rows,
			cells{texts: []string{s.say("invoice.settled"), settled.Neg().Format(d.Language)}},
			cells{texts: []string{s.say("label.open"), s.facts.Open}})
	}
	if s.facts.Interest != "" {
		rows = append(rows, cells{texts: []string{s.say("reminder.interest"), s.facts.Interest}})
	}
	for _, l := range d.Claimed.Costs {
		rows = append(rows, cells{texts: []string{d.cost(s, l), l.Amount.Format(d.Language)}})
	}
	rows = append(rows, cells{texts: []string{s.say("label.to_pay"), s.facts.Total}, strong: true})
	p.table(sums(s), rows)
}

// cost describes a cost with its base and article.
func (d ReminderData) cost(s *speaker, l CostLine) string {
	base := ""
	if !l.Base.IsZero() {
		base = s.with("label.cost_base", l.Base.Format(d.Language))
	}
	return joined(", ", s.named("cost", printable(l.Kind)), base, s.named("article", printable(l.Article)))
}

// mayAdd says what the law lets the creditor add, as the terms of an invoice do.
func (d ReminderData) mayAdd(p *paper, s *speaker) {
	key := "terms." + d.MayAdd.Law
	if !laws[d.MayAdd.Law] || !s.has(key) {
		return
	}
	if d.MayAdd.Rate != "" {
		s.facts.Rate = s.percent(d.MayAdd.Rate)
	}
	s.facts.Flat, s.facts.Discount = money.New(40_00, "EUR").Format(d.Language), " " // a letter says nothing about discounts
	p.use(noteSize, false, quiet)
	for _, text := range s.paragraphs(key) {
		p.block(text)
	}
}

// basis names the law that interest and costs follow, or nothing: then every
// line has its article.
func (d ReminderData) basis(s *speaker) string {
	key := "basis." + d.Law
	if !laws[d.Law] || !s.has(key) {
		return ""
	}
	return s.say(key)
}

// until is the last day of the interest.
func (c Claim) until() (last calendar.Date) {
	for _, l := range c.Interest {
		if l.To.After(last) {
			last = l.To
		}
	}
	return last
}

// interest names the law and shows every segment.
func (d ReminderData) interest(p *paper, s *speaker) {
	c := d.Claimed
	if len(c.Interest) == 0 {
		return
	}
	rows := make([]cells, 0, len(c.Interest)+1)
	sum := money.New(0, c.InterestTotal.Currency)
	for _, l := range c.Interest {
		sum, _ = sum.Add(l.Amount) // validated
		rows = append(rows, cells{texts: []string{
			l.From.FormatShort(d.Language), l.To.FormatShort(d.Language), strconv.Itoa(l.Days), s.percent(l.Rate),
			l.Base.Format(d.Language), s.named("article", l.Article), l.Amount.Format(d.Language),
		}})
	}
	rows = append(rows, cells{texts: []string{s.say("label.total"), "", "", "", "", "", c.InterestTotal.Format(d.Language)}, strong: true})
	note := ""
	if c.DayCount != "" {
		note = s.with("reminder.day_count", printable(c.DayCount))
	}
	if sum != c.InterestTotal {
		note = joined(" ", note, s.say("reminder.rounded"))
	}
	if !c.RateKnownUntil.IsZero() {
		note = joined(" ", note, s.with("reminder.provisional", c.RateKnownUntil.Format(d.Language)))
	}
	p.heading(s.say("reminder.computation"), d.basis(s), note)
	p.table([]column{
		{title: s.say("label.from"), width: 21},
		{title: s.say("label.to"), width: 21},
		{title: s.say("label.days"), width: 12, right: true},
		{title: s.say("label.rate"), width: 18, right: true},
		{title: s.say("label.base"), width: 29, right: true},
		{title: s.say("label.article"), width: 38, indent: 4},
		{title: s.say("label.interest"), width: 26, right: true},
	}, rows)
}
