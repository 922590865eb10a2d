package main

import (
	"fmt"
	"strconv"
	"strings"

	"maan/internal/einvoice"
	"maan/internal/reference"
)

// row is one line of what was understood of an e-invoice.
type row struct{ label, text string }

// einvoiceRows tells a document in the order in which a person asks: what is
// it, when and how much, by whom for whom, how to pay, what proves it.
func einvoiceRows(d *einvoice.Document) []row {
	rows := []row{
		{strings.ReplaceAll(string(d.Kind), "_", " "), d.Number + ", type " + named(d.TypeCode, typeNames)},
		{"issued", d.IssueDate.String()},
		{"due", or(d.DueDate.String(), "not stated")},
		{"payable", amounts(d)},
		{"supplier", partyText(d.Supplier)},
		{"", "contact " + contactText(d.Supplier.Contact)},
		{"buyer", partyText(d.Buyer)},
		{"", "contact " + contactText(d.Buyer.Contact)},
	}
	rows = append(rows, payRows(d)...)
	rows = append(rows, orderRows(d)...)
	return append(rows, row{"chasing", chasing(d)})
}

func payRows(d *einvoice.Document) []row {
	var rows []row
	if d.Payee != "" {
		rows = append(rows, row{"payee", d.Payee})
	}
	if d.PaymentMeansCode != "" {
		rows = append(rows, row{"pay by", named(d.PaymentMeansCode, meansNames)})
	}
	if d.IBAN != "" {
		account := reference.FormatIBAN(d.IBAN)
		if !d.IBANValid {
			account += " (not a valid IBAN)"
		}
		rows = append(rows, row{"account", listed(account, d.AccountName, labelled("BIC", d.BIC))})
	}
	if d.Mandate != "" {
		rows = append(rows, row{"mandate", d.Mandate})
	}
	ref := or(d.PaymentID, "none")
	if scheme, canonical, ok := reference.Detect(d.PaymentID); ok {
		ref = fmt.Sprintf("%s (%s %s)", ref, scheme, reference.Format(scheme, canonical))
	}
	rows = append(rows, row{"reference", ref})
	if d.PaymentTerms != "" {
		rows = append(rows, row{"terms", strings.Join(strings.Fields(d.PaymentTerms), " ")})
	}
	if c := d.Discount; c.BasisPoints > 0 {
		rows = append(rows, row{"discount", fmt.Sprintf("%d.%02d %% until %s, %d days after issue", c.BasisPoints/100, c.BasisPoints%100, c.Until, c.Days)})
	}
	return rows
}

func orderRows(d *einvoice.Document) []row {
	place := d.DeliveryPlace
	delivery := listed(
		d.DeliveryDate.String(), d.DeliveryParty, labelled("place", place.ID),
		listed(place.Street, strings.TrimSpace(place.Postcode+" "+place.City), place.Country),
		labelled("despatch advice", d.DespatchRef), labelled("receipt advice", d.ReceiptRef),
	)
	rows := []row{
		{"delivery", or(delivery, "not stated")},
		{"order", or(listed(d.OrderRef, labelled("buyer reference", d.BuyerRef), labelled("contract", d.ContractRef)), "not stated")},
	}
	if len(d.Preceding) > 0 {
		rows = append(rows, row{"corrects", strings.Join(d.Preceding, ", ")})
	}
	return append(rows, row{"lines", strconv.Itoa(d.Lines)})
}

func amounts(d *einvoice.Document) string {
	text := fmt.Sprintf("%s (with VAT %s, without %s", d.Payable, d.TaxInclusive.Decimal(), d.TaxExclusive.Decimal())
	if !d.Prepaid.IsZero() {
		text += ", prepaid " + d.Prepaid.Decimal()
	}
	if d.Kind == einvoice.KindCreditNote {
		return text + "), to give back"
	}
	return text + ")"
}

func partyText(p einvoice.Party) string {
	name := p.LegalName
	if p.TradeName != "" && p.TradeName != p.LegalName {
		name += " (" + p.TradeName + ")"
	}
	registration := p.RegistrationNumber
	if registration != "" && p.RegistrationScheme != "" {
		registration = p.RegistrationScheme + ":" + registration
	}
	return listed(
		name, p.Street, strings.TrimSpace(p.Postcode+" "+p.City), p.Country,
		labelled("Peppol", p.EndpointScheme+":"+p.EndpointID), labelled("VAT", p.VATNumber), labelled("registration", registration),
	)
}

func contactText(c einvoice.Contact) string {
	if c == (einvoice.Contact{}) {
		return "none named"
	}
	return listed(or(c.Name, "without name"), or(c.Email, "no e-mail"), or(c.Phone, "no phone"))
}

// chasing says whether the invoice may be collected, and which code or party
// forbids it.
func chasing(d *einvoice.Document) string {
	switch {
	case d.Blocked == einvoice.BlockedFactored && d.Payee != "":
		return "blocked, factored: another payee is to be paid"
	case d.Blocked == einvoice.BlockedFactored:
		return "blocked, factored: type code " + d.TypeCode
	case d.Blocked == einvoice.BlockedDirectDebit:
		return "blocked, direct debit: payment means 49 or 59, the supplier takes the money"
	case d.Kind == einvoice.KindCreditNote:
		return "nothing to chase"
	}
	return "allowed"
}

// Names of the codes that are met most (UNCL1001 and UNCL4461).
var (
	typeNames = map[string]string{
		"326": "partial invoice", "380": "invoice", "381": "credit note", "384": "corrected invoice", "386": "prepayment invoice",
		"389": "self-billed invoice", "393": "factored invoice", "396": "factored credit note",
	}
	meansNames = map[string]string{
		"10": "cash", "30": "credit transfer", "48": "bank card", "49": "direct debit", "57": "standing agreement",
		"58": "SEPA credit transfer", "59": "SEPA direct debit",
	}
)

func named(code string, names map[string]string) string {
	if name := names[code]; name != "" {
		return code + " (" + name + ")"
	}
	return code
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func labelled(label, text string) string {
	if text == "" {
		return ""
	}
	return label + " " + text
}

// listed joins what is not empty.
func listed(parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, ", ")
}
