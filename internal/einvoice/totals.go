package einvoice

import (
	"errors"
	"fmt"

	"maan/internal/money"
	"maan/internal/xmlsafe"
)

const totalsPath = "cac:LegalMonetaryTotal"

// totals reads the amounts and checks that they give the amount to pay.
func (x *extractor) totals() {
	n := x.one(x.root, totalsPath)
	if n == nil {
		x.fail(CodeMissing, x.root.Path()+"/"+totalsPath, "the totals are missing; add them")
		return
	}
	d := x.doc
	before := len(x.findings)
	d.TaxExclusive, _ = x.amount(n, "cbc:TaxExclusiveAmount", true)
	d.TaxInclusive, _ = x.amount(n, "cbc:TaxInclusiveAmount", true)
	d.Prepaid, _ = x.amount(n, "cbc:PrepaidAmount", false)
	rounding, _ := x.amount(n, "cbc:PayableRoundingAmount", false)
	payable, ok := x.amount(n, "cbc:PayableAmount", true)
	d.Payable = payable
	complete := d.Currency != "" && !hasError(x.findings[before:])
	if ok {
		x.checkSign(n.Path() + "/cbc:PayableAmount")
	}
	if complete {
		x.checkSum(n.Path()+"/cbc:PayableAmount", rounding)
	}
}

// amount reads one total; ok says that it is there and readable.
func (x *extractor) amount(totals *xmlsafe.Node, name string, required bool) (money.Amount, bool) {
	n := x.one(totals, name)
	if n == nil {
		if required {
			x.fail(CodeMissing, totals.Path()+"/"+name, "the amount is missing; add it")
		}
		return money.Amount{}, false
	}
	currency := n.Attr("currencyID")
	switch {
	case currency == "":
		x.fail(CodeMissing, n.Path()+"/@currencyID", "the currency of the amount is missing; add it")
		return money.Amount{}, false
	case x.doc.Currency != "" && money.Currency(currency) != x.doc.Currency:
		x.fail(CodeCurrencyMismatch, n.Path()+"/@currencyID", fmt.Sprintf("the amount is not in the currency of the document, %s; state it in that currency", x.doc.Currency))
		return money.Amount{}, false
	}
	a, err := money.Parse(x.value(n), currency)
	var parseErr *money.ParseError
	if errors.As(err, &parseErr) && parseErr.Code == money.UnknownCurrency && currency == x.text(x.root, "cbc:DocumentCurrencyCode") {
		return money.Amount{}, false // told once, at the document's currency
	}
	if err != nil {
		x.fail(CodeInvalidAmount, n.Path(), err.Error())
		return money.Amount{}, false
	}
	return a, true
}

func (x *extractor) checkSign(at string) {
	payable := x.doc.Payable
	switch {
	case payable.IsPositive():
	case x.kind == KindCreditNote && payable.IsZero():
		x.warn(CodeNothingPayable, at, "the amount to pay is zero, so the credit note changes no open amount")
	case x.kind == KindCreditNote:
		x.fail(CodeNotPositive, at, fmt.Sprintf("the amount to pay is %s; a credit note states what it gives back as a positive amount, send an invoice to charge more", payable))
	case payable.IsZero():
		x.fail(CodeNotPositive, at, "the amount to pay is zero, so there is nothing to collect; send the invoice only if an amount is still open")
	default:
		x.fail(CodeNotPositive, at, fmt.Sprintf("the amount to pay is %s; a negative invoice is a correction, send a credit note instead", payable))
	}
}

// checkSum compares BT-115 with BT-112 - BT-113 + BT-114 (BR-CO-16). A
// difference is the sender's to explain; the amount to pay stands.
func (x *extractor) checkSum(at string, rounding money.Amount) {
	d := x.doc
	sum := d.TaxInclusive
	var err error
	if d.Prepaid.Currency != "" {
		sum, err = sum.Sub(d.Prepaid)
	}
	if err == nil && rounding.Currency != "" {
		sum, err = sum.Add(rounding)
	}
	if err != nil || sum != d.Payable {
		x.warn(CodeTotalsMismatch, at, "the amount to pay is not the amount with VAT less what was prepaid plus rounding (BR-CO-16); it was taken as it stands, check the totals")
	}
}
