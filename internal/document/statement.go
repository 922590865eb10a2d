package document

import (
	"fmt"
	"strconv"

	"maan/internal/money"
	"maan/internal/reference"
)

// Statement writes the account of a customer on the day: every open invoice,
// what was received, what is in the customer's favour, and the totals and ages
// per currency.
//
// Errors: a *MissingError that names every missing or impossible field at once,
// message.ErrLanguage, or money.ErrOverflow for sums out of range. None holds a
// value of the data.
func Statement(d StatementData) ([]byte, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	accounts, err := d.accounts()
	if err != nil {
		return nil, fmt.Errorf("add up the statement: %w", err)
	}
	s, err := newSpeaker(d.Language, d.facts())
	if err != nil {
		return nil, err
	}
	return drawn(func(embedded bool) ([]byte, error) {
		p := d.open(s, embedded, s.say("statement.title"), "", nil)
		p.use(bodySize, false, ink)
		p.block(s.say("greeting"))
		p.block(s.say("statement.body"))
		d.balances(p, s, accounts)
		d.ages(p, s, accounts)
		d.payment(p, s, accounts)
		for _, a := range accounts {
			d.items(p, s, a)
			d.entries(p, s, a, "statement.credits", a.credits)
			d.entries(p, s, a, "statement.payments", a.payments)
		}
		p.use(bodySize, false, ink)
		p.block(s.say("statement.help"))
		return d.close(p, s)
	})
}

// balances are the totals per currency.
func (d StatementData) balances(p *paper, s *speaker, accounts []*account) {
	if len(accounts) == 0 {
		p.use(bodySize, true, ink)
		p.block(s.say("statement.nothing"))
		return
	}
	rows := make([]cells, 0, len(accounts))
	for _, a := range accounts {
		rows = append(rows, cells{texts: []string{
			string(a.currency), strconv.Itoa(len(a.items)), a.open.Format(d.Language), a.credit.Neg().Format(d.Language),
			a.balance.Format(d.Language), s.favour(a.balance),
		}})
	}
	p.heading(s.say("statement.balances"))
	p.table([]column{
		{title: s.say("label.currency"), width: 18},
		{title: s.say("statement.count"), width: 24, right: true},
		{title: s.say("label.open"), width: 32, right: true},
		{title: s.say("statement.credits"), width: 32, right: true},
		{title: s.say("statement.balance"), width: 32, right: true},
		{width: 27, indent: 3},
	}, rows)
}

// favour says whose a balance is.
func (s *speaker) favour(balance money.Amount) string {
	if balance.IsNegative() {
		return s.say("statement.favour")
	}
	return ""
}

// ages are the open amounts by days past the due date; credits stand apart.
func (d StatementData) ages(p *paper, s *speaker, accounts []*account) {
	rows := make([]cells, 0, len(accounts))
	for _, a := range accounts {
		row := []string{string(a.currency)}
		for _, sum := range a.byBucket {
			row = append(row, sum.Format(d.Language))
		}
		rows = append(rows, cells{texts: append(row, a.credit.Neg().Format(d.Language))})
	}
	if len(rows) == 0 {
		return
	}
	p.heading(s.say("statement.ages"))
	columns := []column{{title: s.say("label.currency"), width: 18}}
	for _, title := range []string{"not_due", "30", "60", "90", "over"} {
		columns = append(columns, column{title: s.say("age." + title), width: 24.5, right: true})
	}
	p.table(append(columns, column{title: s.say("statement.credits"), width: 24.5, right: true}), rows)
}

// payment says where to pay what is open. One payment for several invoices has
// no QR code, since the invoices have references of their own.
func (d StatementData) payment(p *paper, s *speaker, accounts []*account) {
	owing := false
	for _, a := range accounts {
		owing = owing || a.balance.IsPositive()
	}
	if !owing {
		return
	}
	p.paymentBox(s.say("payment.title"), []entry{
		{s.say("label.iban"), reference.FormatIBAN(d.Creditor.IBAN)},
		{s.say("label.account_name"), d.Creditor.AccountName},
		{s.say("label.reference"), s.say("statement.mention")},
	}, nil, "")
}

func (d StatementData) items(p *paper, s *speaker, a *account) {
	if len(a.items) == 0 {
		return
	}
	disputed := s.say("statement.disputed")
	rows := make([]cells, 0, len(a.items)+1)
	for _, i := range a.items {
		late := ""
		if days := daysLate(i.DueDate, d.Date); days > 0 {
			late = strconv.Itoa(days)
		}
		dispute := ""
		if i.Disputed {
			dispute = disputed
		}
		rows = append(rows, cells{texts: []string{
			joined(" · ", printable(i.Number), printable(i.PurchaseOrder), dispute),
			i.IssueDate.FormatShort(d.Language), i.DueDate.FormatShort(d.Language), late,
			i.Amount.Format(d.Language), i.Open.Format(d.Language),
		}})
	}
	rows = append(rows, cells{texts: []string{s.say("label.total"), "", "", "", "", a.open.Format(d.Language)}, strong: true})
	p.heading(s.with("statement.items", string(a.currency)))
	p.table([]column{
		{title: s.say("label.invoice"), width: 48},
		{title: s.say("label.date"), width: 21},
		{title: s.say("label.due_date"), width: 21},
		{title: s.say("statement.late"), width: 17, right: true},
		{title: s.say("label.amount"), width: 29, right: true},
		{title: s.say("label.open"), width: 29, right: true},
	}, rows)
}

func (d StatementData) entries(p *paper, s *speaker, a *account, title string, entries []Entry) {
	if len(entries) == 0 {
		return
	}
	rows := make([]cells, 0, len(entries))
	for _, e := range entries {
		rows = append(rows, cells{texts: []string{
			e.Date.FormatShort(d.Language), e.Reference, e.Invoice, e.Amount.Neg().Format(d.Language),
		}})
	}
	p.heading(joined(", ", s.say(title), string(a.currency)))
	p.table([]column{
		{title: s.say("label.date"), width: 21},
		{title: s.say("label.entry"), width: 65},
		{title: s.say("label.invoice"), width: 50},
		{title: s.say("label.sum"), width: 29, right: true},
	}, rows)
}
