package bankstatement

import (
	"slices"
	"strings"

	"maan/internal/money"
	"maan/internal/xmlsafe"
)

// detail is one TxDtls as it stands. Whose name counts and which amount is the
// account's is known when the entry is.
type detail struct {
	transaction Transaction
	// stated are the amounts that may be the account's, best first; other
	// currencies than the account's are among them.
	stated     []money.Amount
	instructed money.Amount // InstdAmt; the zero value when absent
	// debit is the sign of the detail, which versions from .04 on may state.
	debit, ownSign   bool
	debtor, creditor Counterparty
}

func (s *scanner) readDetail(n *xmlsafe.Node) detail {
	refs, parties, remittance := n.Child("Refs"), n.Child("RltdPties"), n.Child("RmtInf")
	returned := n.Child("RtrInf")
	d := detail{
		transaction: Transaction{
			Payments:      1,
			EndToEndID:    given(refs.Child("EndToEndId")),
			MandateID:     given(refs.Child("MndtId")),
			InstructionID: given(refs.Child("InstrId")),
			BankRef:       given(refs.Child("AcctSvcrRef")),
			Text:          freeText(remittance, n.Child("AddtlTxInf")),
			ReturnReason:  text(returned.Child("Rsn").Child("Cd")),
			ReturnText:    join(returned.All("AddtlInf")),
			Charges:       s.charges(n),
		},
		debtor:   counterparty(parties, "Dbtr"),
		creditor: counterparty(parties, "Cdtr"),
	}
	if d.transaction.ReturnReason == "" {
		d.transaction.ReturnReason = text(returned.Child("Rsn").Child("Prtry"))
	}
	for _, strd := range remittance.All("Strd") {
		d.transaction.structured(strd)
	}
	s.readAmounts(n, &d)
	return d
}

// readAmounts reads the amounts of a detail. One in another currency than the
// entry's may be left out. One of zero says nothing: some banks write it, in
// any currency, where they have none.
func (s *scanner) readAmounts(n *xmlsafe.Node, d *detail) {
	details := n.Child("AmtDtls")
	currency := ""
	if amt := n.Parent().Parent().Child("Amt"); amt != nil {
		currency = amt.Attr("Ccy")
	}
	for _, amt := range []*xmlsafe.Node{n.Child("Amt"), details.Child("TxAmt").Child("Amt"), details.Child("CntrValAmt").Child("Amt")} {
		if amt == nil {
			continue
		}
		var amount money.Amount
		if amt.Attr("Ccy") == currency {
			amount, _ = s.amount(amt)
		} else {
			amount = s.optional(amt)
		}
		if !amount.IsZero() {
			d.stated = append(d.stated, amount)
		}
	}
	d.instructed = s.optional(details.Child("InstdAmt").Child("Amt"))
	if n.Child("CdtDbtInd") != nil {
		d.debit, d.ownSign = s.debit(n)
	}
}

// in returns the amount that the detail states in a currency.
func (d *detail) in(c money.Currency) (money.Amount, bool) {
	for _, amount := range d.stated {
		if amount.Currency == c {
			return amount, true
		}
	}
	return money.Amount{}, false
}

// original is what was instructed, without sign: InstdAmt, else an amount in
// another currency than the account's.
func (d *detail) original(account money.Currency) money.Amount {
	if d.instructed.Currency != "" {
		return d.instructed
	}
	for _, amount := range d.stated {
		if amount.Currency != account {
			return amount
		}
	}
	return money.Amount{}
}

// charges adds up what the bank took, by the version Chrgs or its Rcrd; the
// zero value where there is nothing, or nothing that adds up.
func (s *scanner) charges(n *xmlsafe.Node) money.Amount {
	var sum money.Amount
	for _, chrgs := range n.All("Chrgs") {
		records := chrgs.All("Rcrd")
		if chrgs.Child("Amt") != nil {
			records = append(records, chrgs)
		}
		if len(records) == 0 {
			sum = s.addCharge(n, sum, s.optional(chrgs.Child("TtlChrgsAndTaxAmt")))
		}
		for _, record := range records {
			amount := s.optional(record.Child("Amt"))
			if text(record.Child("CdtDbtInd")) == "CRDT" {
				amount = amount.Neg()
			}
			sum = s.addCharge(n, sum, amount)
		}
	}
	return sum
}

func (s *scanner) addCharge(n *xmlsafe.Node, sum, amount money.Amount) money.Amount {
	if amount.Currency == "" || sum.Currency == "" {
		return money.Amount{Minor: sum.Minor + amount.Minor, Currency: sum.Currency + amount.Currency}
	}
	total, err := sum.Add(amount)
	if err != nil {
		s.warn(n, "/Chrgs", CodeIgnored, "the charges are in several currencies or out of range; only the first were used")
		return sum
	}
	return total
}

func counterparty(parties *xmlsafe.Node, role string) Counterparty {
	account := parties.Child(role + "Acct").Child("Id")
	return Counterparty{
		Name:     partyName(parties.Child(role)),
		IBAN:     compact(account.Child("IBAN")),
		Account:  text(account.Child("Othr").Child("Id")),
		Ultimate: partyName(parties.Child("Ultmt" + role)),
	}
}

func partyName(n *xmlsafe.Node) string {
	for _, name := range []*xmlsafe.Node{n.Child("Nm"), n.Child("Pty").Child("Nm"), n.Child("Agt").Child("FinInstnId").Child("Nm")} {
		if value := text(name); value != "" {
			return value
		}
	}
	return ""
}

// freeText joins the text of a payment; where there is none, other serves.
func freeText(remittance, other *xmlsafe.Node) string {
	pieces := remittance.All("Ustrd")
	for _, strd := range remittance.All("Strd") {
		pieces = append(pieces, strd.All("AddtlRmtInf")...)
	}
	if joined := join(pieces); joined != "" {
		return joined
	}
	return text(other)
}

func join(pieces []*xmlsafe.Node) string {
	texts := make([]string, 0, len(pieces))
	for _, piece := range pieces {
		if value := text(piece); value != "" {
			texts = append(texts, value)
		}
	}
	return strings.Join(texts, " ")
}

// structured takes in one piece of structured remittance information.
func (t *Transaction) structured(strd *xmlsafe.Node) {
	for _, document := range strd.All("RfrdDocInf") {
		if number := text(document.Child("Nb")); number != "" && !slices.Contains(t.InvoiceNumbers, number) {
			t.InvoiceNumbers = append(t.InvoiceNumbers, number)
		}
	}
	info := strd.Child("CdtrRefInf")
	value := given(info.Child("Ref"))
	if value == "" {
		return
	}
	code, issuer := info.Child("Tp").Child("CdOrPrtry"), text(info.Child("Tp").Child("Issr"))
	if issuer == "" {
		issuer = text(code.Child("Prtry"))
	}
	if reference := classify(text(code.Child("Cd")), issuer, value); !slices.Contains(t.References, reference) {
		t.References = append(t.References, reference)
	}
}
