package einvoice

import (
	"fmt"
	"strings"

	"maan/internal/reference"
	"maan/internal/xmlsafe"
)

// Payment means of UNCL4461 that this package tells apart.
const (
	meansTransfer        = "30"
	meansDirectDebit     = "49"
	meansSEPATransfer    = "58"
	meansSEPADirectDebit = "59"
)

const (
	meansPath   = "cac:PaymentMeans"
	accountPath = "cac:PayeeFinancialAccount"
)

// payment reads how the buyer is to pay. With several payment means, the first
// with a valid IBAN is used, else the first with any account, else the first.
func (x *extractor) payment() {
	means := x.root.All(meansPath)
	if len(means) == 0 {
		if x.kind == KindInvoice {
			x.warn(CodeIBANMissing, x.root.Path()+"/"+meansPath, "the document does not say how to pay; add the payment means with IBAN and payment reference")
		}
		return
	}
	used := chooseMeans(means)
	if len(means) > 1 {
		x.warn(CodeSeveralPaymentMeans, means[used].Path(), fmt.Sprintf("the document lists %d payment means; number %d was used alone, check its account and payment reference", len(means), used+1))
	}
	m, d := means[used], x.doc
	if x.required(m, "cbc:PaymentMeansCode", "the payment means code (BT-81)") {
		d.PaymentMeansCode = x.meansCode(m)
	}
	d.PaymentID = x.text(m, "cbc:PaymentID")
	d.Mandate = x.mandate(m, means)
	x.account(m)
}

func chooseMeans(means []*xmlsafe.Node) int {
	firstAccount := -1
	for i, m := range means {
		for _, account := range m.All(accountPath) {
			for _, id := range account.All("cbc:ID") {
				text := strings.TrimSpace(id.Text())
				if _, err := reference.CheckIBAN(text); err == nil {
					return i
				}
				if firstAccount < 0 && text != "" {
					firstAccount = i
				}
			}
		}
	}
	return max(firstAccount, 0)
}

func (x *extractor) meansCode(m *xmlsafe.Node) string {
	code := x.text(m, "cbc:PaymentMeansCode")
	if !isCode(code) {
		x.fail(CodeInvalidCode, m.Path()+"/cbc:PaymentMeansCode", "the payment means code is not one of UNCL4461; 30 is a credit transfer, 58 a SEPA credit transfer, 59 a SEPA direct debit")
		return ""
	}
	return code
}

// mandate returns the mandate of the chosen means, or else of the first means
// that has one: a direct debit names no account of the supplier, so it is not
// the means chosen when a transfer stands beside it.
func (x *extractor) mandate(chosen *xmlsafe.Node, means []*xmlsafe.Node) string {
	if id := x.text(chosen, "cac:PaymentMandate/cbc:ID"); id != "" {
		return id
	}
	for _, m := range means {
		if len(m.All("cac:PaymentMandate")) > 0 {
			return x.text(m, "cac:PaymentMandate/cbc:ID")
		}
	}
	return ""
}

// account reads the supplier's account of one payment means.
func (x *extractor) account(m *xmlsafe.Node) {
	d := x.doc
	d.AccountName = x.text(m, accountPath+"/cbc:Name")
	d.BIC = x.text(m, accountPath+"/cac:FinancialInstitutionBranch/cbc:ID")
	d.IBAN = x.text(m, accountPath+"/cbc:ID")
	at := m.Path() + "/" + accountPath + "/cbc:ID"
	if d.IBAN == "" {
		if d.PaymentMeansCode == meansTransfer || d.PaymentMeansCode == meansSEPATransfer {
			x.warn(CodeIBANMissing, at, "the document asks for a transfer and names no account (BR-61); add the IBAN")
		}
		return
	}
	canonical, err := reference.CheckIBAN(d.IBAN)
	if err != nil {
		x.warn(CodeIBANInvalid, at, "the account number is not a valid IBAN, so no payment code can be printed for it; check it for a typing error")
		return
	}
	d.IBAN, d.IBANValid = canonical, true
}

// block decides whether the document may be chased at all.
func (x *extractor) block() {
	d := x.doc
	payee := x.otherPayee()
	switch {
	case payee, d.TypeCode == typeFactoredInvoice, d.TypeCode == typeFactoredCreditNote:
		d.Blocked = BlockedFactored
	case x.directDebit():
		d.Blocked = BlockedDirectDebit
	}
}

// directDebit reports whether any payment means is a direct debit. One is
// enough: money that the supplier takes itself must not be asked for.
func (x *extractor) directDebit() bool {
	for _, m := range x.root.All(meansPath) {
		for _, code := range m.All("cbc:PaymentMeansCode") {
			switch strings.TrimSpace(code.Text()) {
			case meansDirectDebit, meansSEPADirectDebit:
				return true
			}
		}
	}
	return false
}

// otherPayee reads the payee and reports whether it is another than the
// supplier. By BR-17 a payee is named only then, but some systems repeat the
// supplier there: the same registration number, or for want of one the same
// name, is taken as the same party.
func (x *extractor) otherPayee() bool {
	n := x.one(x.root, "cac:PayeeParty")
	if n == nil {
		return false
	}
	name := x.text(n, "cac:PartyName/cbc:Name")
	number := x.text(n, "cac:PartyLegalEntity/cbc:CompanyID")
	s := x.doc.Supplier
	same := sameName(name, s.LegalName) || sameName(name, s.TradeName)
	if number != "" && s.RegistrationNumber != "" {
		same = sameNonEmpty(number, s.RegistrationNumber)
	}
	if same {
		return false
	}
	x.doc.Payee = name
	x.required(n, "cac:PartyName/cbc:Name", "the name of the payee (BT-59)")
	return true
}

func sameName(a, b string) bool {
	return a != "" && strings.EqualFold(a, b)
}
