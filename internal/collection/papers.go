package collection

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"maan/internal/calendar"
	"maan/internal/document"
	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/message"
	"maan/internal/money"
	"maan/internal/store"
)

// Kinds of documents that the product writes itself. Stored: never rename.
const (
	DocumentInvoice   = "invoice_pdf"
	DocumentLetter    = "reminder_letter"
	DocumentStatement = "statement"
)

const pdf = "application/pdf"

// papersTo are the papers that belong to a mail about the part: the stricter reminder also as a
// letter, and for a customer who asked for a copy the particulars of an invoice of which no
// file was uploaded. What a paper must state and the record lacks leaves out the paper, not
// the mail.
func (p *part) papersTo(ctx context.Context, to addressee) ([]paper, error) {
	var made []NewDocument
	switch {
	case p.template == message.StricterReminder && p.Customer.Street != "" && p.Customer.City != "":
		content, err := p.reminderPaper(p.data, to)
		if err := madePaper(&made, DocumentLetter, content, err); err != nil {
			return nil, err
		}
	case p.step.Do == dunning.DoSendCopy && len(p.docs) == 0: // whoever asks for a copy wants a file
		content, err := p.invoicePaper(ctx, p.data, to)
		if err := madePaper(&made, DocumentInvoice, content, err); err != nil {
			return nil, err
		}
	}
	papers := make([]paper, len(made))
	for i, m := range made {
		papers[i] = paper{NewDocument: m, about: p.acting}
	}
	return papers, nil
}

// madePaper adds a paper, unless the record lacks what it must state.
func madePaper(made *[]NewDocument, kind string, content []byte, err error) error {
	if errors.Is(err, &document.MissingError{}) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	if len(content) > 0 {
		*made = append(*made, NewDocument{Kind: kind, ContentType: pdf, Content: content})
	}
	return nil
}

// letterheadOf is what every paper states.
func letterheadOf(cr message.Creditor, cu *store.Customer, language, attention string, on calendar.Date, withQR bool) document.Letterhead {
	return document.Letterhead{
		Language: language, Date: on, Creditor: cr, WithoutQR: !withQR,
		Customer: document.Customer{
			Number: cu.Number, LegalName: cu.LegalName, Attention: attention, Street: cu.Street, Postcode: cu.Postcode, City: cu.City,
			Country: cu.Country, RegistrationNumber: cu.RegistrationNumber, VATNumber: cu.VATNumber,
		},
	}
}

// reminderPaper is the stricter reminder as a letter, with the computation of what it
// claims. Where something of the claim was paid or given up before, or its costs are shared with
// other invoices, the mail alone says what is left: the computation would not add up to it.
func (a *acting) reminderPaper(d message.Data, to addressee) ([]byte, error) {
	language := message.Language(to.language, a.Creditor.Language)
	r := document.ReminderData{
		Letterhead: letterheadOf(d.Creditor, &a.Customer, language, to.name, a.today(), len(d.QRPNG) > 0),
		Invoice:    d.Invoice, PayBy: d.PayBy, PreviousReminder: d.PreviousReminder, Reopened: d.Reopened, Law: governing(&a.Creditor, &a.Customer),
	}
	switch p := a.demanded; {
	case p == nil:
	case !p.ask:
		r.MayAdd = document.LateTerms{Law: lawInWords(&p.owed.Invoices[0]), Rate: d.Claim.Rate}
	case !p.whole || a.shared != nil:
		return nil, nil
	default:
		r.Law = lawInWords(&p.owed.Invoices[0])
		var err error
		if r.Claimed, err = p.paper(d.Claim); err != nil {
			return nil, err
		}
	}
	return document.Reminder(r)
}

// paper is the demand as a letter shows it.
func (d *demand) paper(words message.Claim) (document.Claim, error) {
	in := &d.owed.Invoices[0]
	c := document.Claim{InterestTotal: in.Interest.Total.Amount, DayCount: string(in.Interest.Convention), RateKnownUntil: words.RateKnownUntil}
	interestBasis, costBasis := interestArticle(in), "costs_"+articleOf(in.Country)
	for _, s := range in.Interest.Segments {
		base, err := shown(s.Base, c.InterestTotal.Currency)
		if err != nil {
			return c, err
		}
		amount, err := shown(s.Amount, c.InterestTotal.Currency)
		if err != nil {
			return c, err
		}
		c.Interest = append(c.Interest, document.InterestLine{
			From: s.From, To: s.To, Days: s.Days, Rate: s.Rate.String(), Base: base, Amount: amount, Article: interestBasis,
		})
	}
	for _, k := range d.owed.Costs {
		if k.Total.IsZero() {
			continue
		}
		line := document.CostLine{Kind: string(k.Kind), Amount: k.Amount.Amount, Article: costBasis}
		if k.Kind == law.CostWIK {
			line.Base = k.Base.Amount
		}
		c.Costs = append(c.Costs, line)
		if !k.VAT.IsZero() {
			c.Costs = append(c.Costs, document.CostLine{Kind: "wik_vat", Amount: k.VAT.Amount, Article: costBasis})
		}
	}
	return c, nil
}

// articleOf names the law in the codes of the language files; all without rules of their
// own are under the directive.
func articleOf(country string) string {
	switch country {
	case "NL":
		return "nl"
	case "BE":
		return "be"
	case "FR":
		return "fr"
	case "DE":
		return "de"
	default:
		return "eu"
	}
}

func interestArticle(in *OwedInvoice) string {
	switch i := &in.Interest; {
	case i.RateBasis == law.Contractual:
		return "contract"
	case i.Law == law.DutchPublicDebtors:
		return "interest_nl_public"
	case i.Regime == law.EUDirective:
		return "interest_eu"
	default:
		return "interest_" + articleOf(in.Country)
	}
}

// lawInWords is the country whose sentences on interest are true of a claim, "" for none: then
// every line of a computation has its own basis. They speak of the article for business
// debtors and of its rate, and the French ones of an agreed rate too.
func lawInWords(in *OwedInvoice) string {
	i := &in.Interest
	agreed := i.RateBasis == law.Contractual && i.Regime != law.FRTrade
	if i.Regime == "" || i.Regime == law.EUDirective || i.Law == law.DutchPublicDebtors || agreed {
		return ""
	}
	return in.Country
}

// shown rounds a plain decimal of the law's for display.
func shown(decimal string, c money.Currency) (money.Amount, error) {
	exact, ok := new(big.Rat).SetString(decimal)
	if !ok {
		return money.Amount{}, errors.New("show amount: not a decimal")
	}
	return law.AmountOf(exact, c)
}

// invoicePaper is what an invoice asks for, where no file of it was uploaded: marked as a
// copy where the invoice itself went another way.
func (a *acting) invoicePaper(ctx context.Context, d message.Data, to addressee) ([]byte, error) {
	facts, err := a.tx.ClaimFacts(ctx, a.Customer.ID, a.Invoice.ID)
	if err != nil {
		return nil, err
	}
	language := message.Language(to.language, a.Creditor.Language)
	head := letterheadOf(d.Creditor, &a.Customer, language, to.name, a.today(), len(d.QRPNG) > 0)
	return invoicePaper(head, d.Invoice, &a.Creditor, &a.Customer, &a.Invoice, a.Delivered, &facts)
}

func invoicePaper(head document.Letterhead, stated message.InvoiceFacts, cr *store.Creditor, cu *store.Customer, in *store.Invoice,
	delivered *calendar.Date, facts *store.ClaimFacts,
) ([]byte, error) {
	d := document.InvoiceData{Letterhead: head, Invoice: stated, Terms: lateTerms(cr, cu, in, facts)}
	if delivered != nil {
		d.DeliveredOn = *delivered
	}
	if in.Sending == "already_sent" && in.SentOn != nil {
		d.Original = &document.Original{Channel: in.SentChannel, SentOn: *in.SentOn}
	}
	return document.Invoice(d)
}

// lateTerms is what the governing law wants said about late payment, with what the law would
// let the creditor claim on the day after the due date. Consumers are told the law whatever
// is claimed of them.
func lateTerms(cr *store.Creditor, cu *store.Customer, in *store.Invoice, facts *store.ClaimFacts) document.LateTerms {
	unpaid := *in
	unpaid.DueDateAgreed = true
	owed, err := owedOn(cr, cu, &store.ClaimFacts{Invoices: []store.Invoice{unpaid}, Terms: facts.Terms, Rates: facts.Rates}, in.DueDate.AddDays(1))
	if err != nil { // see uncomputable
		return document.LateTerms{}
	}
	claim := &owed.Invoices[0]
	t := document.LateTerms{Law: lawInWords(claim), Consumer: cu.Kind == dunning.KindConsumer}
	if t.Consumer {
		t.Law = claim.Country
	}
	guessed := slices.ContainsFunc(claim.Interest.Warnings, func(w law.Warning) bool { return w.Code == law.WarnRateUnknownAfter })
	if segments := claim.Interest.Segments; len(segments) > 0 && (!guessed || t.Law == "FR") { // where an invoice must name one
		t.Rate = segments[0].Rate.String()
	}
	return t
}
