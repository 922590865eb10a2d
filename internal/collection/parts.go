package collection

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/message"
	"maan/internal/money"
	"maan/internal/store"
)

// part is what a message says about one invoice.
type part struct {
	*acting

	template message.Template
	data     message.Data
	docs     []store.Document
}

// parts are what the messages of a step and its mates say, the step's own first. A mate about
// which a message could not be written for want of a fact is left to its own act, which asks a
// person for it.
func (a *acting) parts(ctx context.Context, mates []*acting) ([]part, error) {
	parts := make([]part, 0, 1+len(mates))
	for _, m := range append([]*acting{a}, mates...) {
		p := part{acting: m, template: m.template()}
		var err error
		if p.data, err = m.stated(ctx); err != nil {
			return nil, err
		}
		p.docs = m.sit.Documents
		p.data.Invoice.Attached = len(p.docs) > 0
		if p.template == message.InvoiceCopy && len(p.docs) == 0 {
			p.template = message.Invoice // no document was uploaded: the mail itself states the invoice
		}
		if m != a && message.Validate(p.template, p.data) != nil {
			continue
		}
		parts = append(parts, p)
	}
	if err := shareCosts(ctx, parts); err != nil {
		return nil, err
	}
	for i := range parts {
		p := &parts[i]
		if err := p.addClaim(ctx, p.template, &p.data); err != nil {
			return nil, err
		}
		p.data.QRPNG = p.qrCode(p.data.Asked())
	}
	return parts, nil
}

// shareCosts: where one debtor can be reminded of several claims, Dutch law wants it done in
// one letter, and computes the collection costs once, over the sum of the principals (art.
// 6:96(7) BW). Elsewhere each invoice has its own.
func shareCosts(ctx context.Context, parts []part) error {
	if len(parts) < 2 {
		return nil
	}
	var together []*acting
	for i := range parts {
		p := &parts[i]
		if !p.mayClaim(p.template) {
			continue
		}
		owed, _, err := p.owed(ctx, p.today())
		if err != nil {
			continue // the demand says so
		}
		if in := &owed.Invoices[0]; in.Country == "NL" && in.Costs.IsPositive() {
			together = append(together, p.acting)
		}
	}
	if len(together) < 2 {
		return nil
	}
	first, ids := together[0], make([]uuid.UUID, len(together))
	for i, a := range together {
		ids[i] = a.Invoice.ID
	}
	facts, err := first.tx.ClaimFacts(ctx, first.Customer.ID, ids...)
	if err != nil {
		return err
	}
	owed, err := owedOn(&first.Creditor, &first.Customer, &facts, first.today())
	if err != nil {
		return &uncomputable{err}
	}
	for _, a := range together {
		i := slices.IndexFunc(owed.Invoices, func(in OwedInvoice) bool { return in.ID == a.Invoice.ID })
		a.shared = &Owed{Until: owed.Until, Invoices: owed.Invoices[i : i+1], Costs: owed.Costs, RateTableVersion: owed.RateTableVersion}
	}
	return nil
}

// partsTo are the parts that a message on a channel says, and to whom.
func partsTo(c dunning.Channel, parts []part) (to addressee, with []part) {
	for _, p := range parts {
		if !slices.Contains(p.step.Channels, c) || p.triedForGood(c) {
			continue
		}
		if who, ok := p.recipient(c); ok {
			to, with = who, append(with, p)
		}
	}
	return to, with
}

// leading is the part that sets the tone of the whole message.
func leading(parts []part) *part {
	first := 0
	for i := range parts {
		if parts[i].tone() > parts[first].tone() {
			first = i
		}
	}
	return &parts[first]
}

// inOrder sorts the parts as the reader wants them: the longest due first.
func inOrder(parts []part) {
	slices.SortStableFunc(parts, func(a, b part) int {
		if order := a.Invoice.DueDate.Compare(b.Invoice.DueDate); order != 0 {
			return order
		}
		return strings.Compare(a.Invoice.Number, b.Invoice.Number)
	})
}

// said are the parts as they are written.
func said(to addressee, parts []part) []message.Part {
	all := make([]message.Part, len(parts))
	for i, p := range parts {
		p.data.Recipient = message.Recipient{Name: to.name, FirstName: to.firstName}
		all[i] = message.Part{Template: p.template, Data: p.data}
	}
	return all
}

// maxAttached bounds the files of one mail, in bytes; many mail servers refuse 10 MB, to which
// files grow by a third on their way.
const maxAttached = 7 << 20

// mailTo writes the mail that says the parts.
func mailTo(ctx context.Context, to addressee, parts []part) (letter, error) {
	inOrder(parts)
	var papers []paper
	for i := range parts {
		made, err := parts[i].papersTo(ctx, to)
		if err != nil {
			return letter{}, err
		}
		papers = append(papers, made...)
	}
	files := attached(parts, papers)
	p := leading(parts)
	var (
		l   letter
		err error
	)
	if len(parts) == 1 {
		l, err = p.mail(p.template, said(to, parts)[0].Data, to, files)
	} else {
		l, err = p.bundleMail(to, parts, files)
	}
	for _, m := range papers {
		if m.Kind == DocumentLetter { // evidence of what was demanded; an invoice's particulars can be made again
			l.papers = append(l.papers, m)
		}
	}
	return l, err
}

// attached are the files that go with a mail. With several invoices each file names its own,
// the letters come first, and invoices stay out as soon as the mail would become too large.
func attached(parts []part, papers []paper) []store.Document {
	if len(parts) == 1 {
		files := slices.Clip(parts[0].docs)
		for _, m := range papers {
			files = append(files, store.Document{Kind: m.Kind, ContentType: m.ContentType, Content: m.Content})
		}
		return files
	}
	var files []store.Document
	size := 0
	for _, m := range papers {
		files = append(files, named(m.about, store.Document{Kind: m.Kind, ContentType: m.ContentType, Content: m.Content}))
		size += len(m.Content)
	}
	for i := range parts {
		p := &parts[i]
		p.data.Invoice.Attached = false
		for _, d := range p.docs {
			if size += len(d.Content); size <= maxAttached {
				files = append(files, named(p.acting, d))
				p.data.Invoice.Attached = true
			}
		}
	}
	return files
}

var unsafeInName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// named gives a file a name that says whose it is: invoice-2026-001.pdf.
func named(a *acting, d store.Document) store.Document {
	kind, ext, _ := strings.Cut(DocumentName(d), ".")
	d.Name = kind + "-" + unsafeInName.ReplaceAllString(a.Invoice.Number, "-") + "." + ext
	return d
}

// bundleMail writes one mail about several invoices, in the tone of the part.
func (p *part) bundleMail(to addressee, parts []part, files []store.Document) (letter, error) {
	qr := p.bundleQR(parts)
	m, err := message.RenderBundle(message.Language(to.language, p.Creditor.Language), qr, said(to, parts))
	if err != nil {
		return letter{}, fmt.Errorf("render %s for case %s and %d others: %w", p.template, p.Invoice.ID, len(parts)-1, err)
	}
	return p.mailOf(m, qr, to, files), nil
}

// bundleQR is the payment of all parts as one code: only where one transfer pays them all
// without a doubt, to one account and under one reference.
func (p *part) bundleQR(parts []part) []byte {
	total := money.New(0, p.Invoice.Currency)
	iban, _ := p.account()
	for _, o := range parts {
		account, _ := o.account()
		sum, err := total.Add(o.data.Asked())
		if err != nil || account != iban || o.Invoice.PaymentReference != p.Invoice.PaymentReference || o.Invoice.PaymentReference == "" ||
			len(o.data.QRPNG) == 0 {
			return nil
		}
		total = sum
	}
	return p.qrCode(total)
}

// textTo writes the SMS that says the parts.
func textTo(to addressee, parts []part) (letter, error) {
	inOrder(parts)
	p := leading(parts)
	language := message.Language(to.language, p.Creditor.Language)
	var (
		m   message.SMS
		err error
	)
	if len(parts) == 1 {
		m, err = message.RenderSMS(p.template, language, said(to, parts)[0].Data)
	} else {
		m, err = message.RenderBundleSMS(language, said(to, parts))
	}
	if err != nil {
		return letter{}, fmt.Errorf("render SMS %s for case %s: %w", p.template, p.Invoice.ID, err)
	}
	l := p.letter(dunning.ChannelSMS, to, string(m.Template), m.Version, m.Language, m.SHA256)
	l.body.Text, l.outgoing.Text = m.Text, m.Text
	return l, nil
}
