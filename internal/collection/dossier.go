package collection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"maan/internal/money"
	"maan/internal/store"
)

// The dossier for the agency, version 1: what the case knows so far. Fields that the
// product cannot fill yet are left out rather than guessed.

type dossierFile struct {
	Version    string           `json:"dossier_version"`
	CaseID     string           `json:"case_id"`
	CreatedAt  string           `json:"created_at"`
	Creditor   dossierParty     `json:"creditor"`
	Debtor     dossierParty     `json:"debtor"`
	Claims     []dossierClaim   `json:"claims"`
	dossierLaw                  //nolint:embeddedstructfieldcheck // the order of the file
	Timeline   []dossierLine    `json:"timeline"`
	Promises   []dossierPromise `json:"promises"`
	Disputes   []dossierDispute `json:"disputes"`
	Insurance  dossierInsurance `json:"insurance"`
	Authority  dossierApproval  `json:"authorisation"`
	Hash       string           `json:"hash"` // SHA-256 over the documents' own SHA-256, in order
}

type dossierParty struct {
	Kind      string           `json:"kind,omitempty"`
	LegalName string           `json:"legal_name"`
	RegNo     string           `json:"reg_no,omitempty"`
	VAT       string           `json:"vat,omitempty"`
	IBAN      string           `json:"iban,omitempty"`
	Account   string           `json:"account_name,omitempty"`
	Address   dossierAddress   `json:"address"`
	Country   string           `json:"country"`
	Language  string           `json:"language"`
	Contacts  []dossierContact `json:"contacts"`
}

type dossierAddress struct {
	Street   string `json:"street"`
	Postcode string `json:"postcode"`
	City     string `json:"city"`
}

type dossierContact struct {
	Name  string `json:"name"`
	Role  string `json:"role"`
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
}

type dossierClaim struct {
	InvoiceNo     string   `json:"invoice_no"`
	IssueDate     string   `json:"issue_date"`
	DeliveryDate  string   `json:"delivery_date,omitempty"`
	ReceivedDate  string   `json:"received_date,omitempty"`
	DueDate       string   `json:"due_date"`
	DueDateAgreed bool     `json:"due_date_agreed"`
	Currency      string   `json:"currency"`
	Gross         string   `json:"gross"`
	Paid          string   `json:"paid"`
	Credited      string   `json:"credited"`
	OpenPrincipal string   `json:"open_principal"`
	PurchaseOrder string   `json:"purchase_order,omitempty"`
	Docs          []string `json:"docs"`
}

type dossierLine struct {
	At      string `json:"at"`
	Stage   string `json:"stage"`
	Action  string `json:"action"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
	TextRef string `json:"text_ref,omitempty"` // message or task id
}

type dossierPromise struct {
	On     string `json:"on"`
	Status string `json:"status"`
}

type dossierDispute struct {
	Opened     string `json:"opened"`
	Reason     string `json:"reason"`
	Resolution string `json:"resolution,omitempty"`
}

type dossierInsurance struct {
	Insurer   string `json:"insurer,omitempty"`
	Collector string `json:"collector,omitempty"`
}

type dossierApproval struct {
	By []string `json:"by"` // opaque ids of the people who approved the hand-off
	At string   `json:"at,omitempty"`
}

// dossier writes the case down for the agency, with the names of the documents that go with it.
func (a *acting) dossier(ctx context.Context, docs []store.Document) ([]byte, error) {
	facts, err := a.tx.DossierFacts(ctx, a.Invoice.ID, a.Invoice.CurrentRun)
	if err != nil {
		return nil, err
	}
	iban, account := a.account()
	d := dossierFile{
		Version: "1", CaseID: a.Creditor.ID + ":" + a.Invoice.Number, CreatedAt: a.now.Format("2006-01-02T15:04:05Z07:00"),
		Creditor: dossierParty{
			LegalName: a.Creditor.Name, RegNo: a.Creditor.RegistrationNumber, VAT: a.Creditor.VATNumber, IBAN: iban, Account: account,
			Address: dossierAddress{a.Creditor.Street, a.Creditor.Postcode, a.Creditor.City}, Country: a.Creditor.Country, Language: a.Creditor.Language,
			Contacts: []dossierContact{{Name: a.Creditor.ContactName, Role: "credit_control", Email: a.Creditor.ReplyTo, Phone: a.Creditor.Phone}},
		},
		Debtor:    a.dossierDebtor(),
		Timeline:  a.dossierTimeline(),
		Promises:  []dossierPromise{},
		Disputes:  []dossierDispute{},
		Insurance: dossierInsurance{Insurer: a.Customer.Insurer, Collector: a.Customer.InsurerCollector},
		Authority: dossierApproval{By: facts.ApprovedBy},
	}
	if facts.ApprovedAt != nil {
		d.Authority.At = facts.ApprovedAt.Format("2006-01-02T15:04:05Z07:00")
	}
	for _, p := range facts.Promises {
		d.Promises = append(d.Promises, dossierPromise{On: p.PromisedOn.String(), Status: p.Status})
	}
	for _, x := range facts.Disputes {
		line := dossierDispute{Opened: a.place.Date(x.OpenedAt).String(), Reason: x.Reason}
		if x.Resolution != nil {
			line.Resolution = *x.Resolution
		}
		d.Disputes = append(d.Disputes, line)
	}
	if d.dossierLaw, err = a.dossierLaw(ctx); err != nil {
		return nil, err
	}
	sum := sha256.New()
	claim := a.dossierClaim(facts)
	for _, doc := range docs {
		sum.Write([]byte(doc.SHA256))
		claim.Docs = append(claim.Docs, DocumentName(doc))
	}
	d.Claims, d.Hash = []dossierClaim{claim}, hex.EncodeToString(sum.Sum(nil))
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write dossier of case %s: %w", a.Invoice.ID, err)
	}
	return b, nil
}

// DocumentName is the file name of a document as attachments carry it.
func DocumentName(d store.Document) string {
	if d.Name != "" {
		return d.Name
	}
	switch d.Kind {
	case "invoice_pdf":
		return "invoice.pdf"
	case "invoice_ubl":
		return "invoice.xml"
	case "dossier":
		return "dossier.json"
	case DocumentLetter:
		return "reminder.pdf"
	case DocumentStatement:
		return "statement.pdf"
	default:
		return "proof-of-delivery.pdf"
	}
}

func (a *acting) dossierDebtor() dossierParty {
	p := dossierParty{
		Kind: string(a.Customer.Kind), LegalName: a.Customer.LegalName, RegNo: a.Customer.RegistrationNumber, VAT: a.Customer.VATNumber,
		Address: dossierAddress{a.Customer.Street, a.Customer.Postcode, a.Customer.City}, Country: a.Customer.Country, Language: a.Customer.Language,
		Contacts: []dossierContact{},
	}
	for _, c := range a.sit.Contacts {
		p.Contacts = append(p.Contacts, dossierContact{Name: c.Name, Role: c.Role, Email: c.Email, Phone: c.Phone})
	}
	return p
}

func (a *acting) dossierClaim(facts store.DossierFacts) dossierClaim {
	in := &a.Invoice
	amount := func(minor int64) string { return money.New(minor, in.Currency).Decimal() }
	c := dossierClaim{
		InvoiceNo: in.Number, IssueDate: in.IssueDate.String(), DueDate: in.DueDate.String(), DueDateAgreed: in.DueDateAgreed,
		Currency: string(in.Currency), Gross: amount(in.AmountMinor), Paid: amount(-facts.PaidMinor), Credited: amount(-facts.CreditedMinor),
		OpenPrincipal: amount(in.OpenMinor), PurchaseOrder: in.PurchaseOrder, Docs: []string{},
	}
	if a.Delivered != nil {
		c.DeliveryDate = a.Delivered.String()
	}
	if in.ReceivedDate != nil {
		c.ReceivedDate = in.ReceivedDate.String()
	}
	return c
}

func (a *acting) dossierTimeline() []dossierLine {
	lines := []dossierLine{}
	for _, s := range a.Steps {
		if s.State.Open() || s.DoneAt == nil {
			continue
		}
		lines = append(lines, dossierLine{
			At: s.DoneAt.Format("2006-01-02T15:04:05Z07:00"), Stage: string(s.Stage), Action: string(s.Action), Outcome: string(s.State),
			Reason: string(s.Reason), TextRef: s.Reference,
		})
	}
	return lines
}
