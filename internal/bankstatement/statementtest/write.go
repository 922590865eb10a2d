package statementtest

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"time"

	"maan/internal/calendar"
	"maan/internal/money"
	"maan/internal/reference"
)

// Write writes one file of the statements, in the version of the first. The
// error is that of w, or of amounts that do not add up in one currency.
func Write(w io.Writer, statements ...Spec) error {
	f := &file{w: bufio.NewWriter(w)}
	for i := range statements {
		st := statements[i].complete()
		if i == 0 {
			f.begin(&st)
		}
		if err := f.statement(&st); err != nil {
			return err
		}
	}
	f.closing("BkToCstmrStmt", "Document")
	return f.w.Flush() //nolint:wrapcheck // the caller knows what it writes to
}

// complete fills in what has a default.
func (s Spec) complete() Spec {
	s.Version = cmp.Or(s.Version, Version02)
	s.Sequence = cmp.Or(s.Sequence, 1)
	s.ID = cmp.Or(s.ID, fmt.Sprintf("STMT-%d", s.Sequence))
	if s.Created.IsZero() {
		s.Created = s.Date.AddDays(1).In(time.UTC, 5, 0)
	}
	return s
}

func (f *file) begin(st *Spec) {
	f.version = st.Version
	f.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:` + f.version + `">`)
	f.opening("BkToCstmrStmt", "GrpHdr")
	f.text("MsgId", fmt.Sprintf("MSG-%d", st.Sequence))
	f.text("CreDtTm", st.Created.Format(time.RFC3339))
	f.closing("GrpHdr")
}

func (f *file) statement(st *Spec) error {
	closing := st.Opening
	for i := range st.Entries {
		e := &st.Entries[i]
		amount, err := e.total(st.Opening.Currency)
		if err == nil && !e.Pending {
			closing, err = closing.Add(amount)
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", i+1, err)
		}
	}
	if st.Closing != nil {
		closing = *st.Closing
	}
	f.opening("Stmt")
	f.text("Id", st.ID)
	f.text("ElctrncSeqNb", strconv.FormatInt(st.Sequence, 10))
	f.text("CreDtTm", st.Created.Format(time.RFC3339))
	f.opening("Acct", "Id")
	f.text("IBAN", st.Account)
	f.closing("Id")
	f.text("Ccy", string(st.Opening.Currency))
	f.closing("Acct")
	f.balance("OPBD", st.Opening, st.Date)
	f.balance("CLBD", closing, st.Date)
	for i := range st.Entries {
		f.entry(st, &st.Entries[i])
	}
	f.closing("Stmt")
	f.raw("\n")
	return nil
}

// total is the entry's amount.
func (e *Entry) total(c money.Currency) (money.Amount, error) {
	if len(e.Batch) == 0 || !e.Amount.IsZero() {
		return e.Amount, nil
	}
	sum := money.New(0, c)
	for i := range e.Batch {
		var err error
		if sum, err = sum.Add(e.Batch[i].Amount); err != nil {
			return money.Amount{}, err //nolint:wrapcheck // the caller names the entry
		}
	}
	return sum, nil
}

func (f *file) balance(code string, amount money.Amount, date calendar.Date) {
	f.opening("Bal", "Tp", "CdOrPrtry")
	f.text("Cd", code)
	f.closing("CdOrPrtry", "Tp")
	f.signed(amount)
	f.date("Dt", date)
	f.closing("Bal")
}

func (f *file) entry(st *Spec, e *Entry) {
	total, _ := e.total(st.Opening.Currency) // added up once before
	f.raw("\n")
	f.opening("Ntry")
	f.text("NtryRef", e.Ref)
	f.signed(total)
	if e.Reversal {
		f.text("RvslInd", "true")
	}
	f.status(e.Pending)
	booked := e.Date
	if booked.IsZero() {
		booked = st.Date
	}
	value := e.Value
	if value.IsZero() {
		value = booked
	}
	f.date("BookgDt", booked)
	f.date("ValDt", value)
	f.text("AcctSvcrRef", e.BankRef)
	f.kind(total, e.Reversal || e.ReturnCode != "")
	switch {
	case e.Bare:
		f.text("AddtlNtryInf", e.Text)
	case len(e.Batch) > 0:
		f.batch(e, total)
	default:
		f.opening("NtryDtls")
		f.payment(e, e.Reversal)
		f.closing("NtryDtls")
	}
	f.closing("Ntry")
}

func (f *file) status(pending bool) {
	code := "BOOK"
	if pending {
		code = "PDNG"
	}
	if f.version == Version02 {
		f.text("Sts", code)
		return
	}
	f.opening("Sts")
	f.text("Cd", code)
	f.closing("Sts")
}

// kind writes the code of a SEPA transfer, or of a direct debit that came back.
func (f *file) kind(amount money.Amount, back bool) {
	family, sub := "RCDT", "ESCT"
	switch {
	case back:
		family, sub = "IDDT", "PRDD"
	case amount.IsNegative():
		family = "ICDT"
	}
	f.opening("BkTxCd", "Domn")
	f.text("Cd", "PMNT")
	f.opening("Fmly")
	f.text("Cd", family)
	f.text("SubFmlyCd", sub)
	f.closing("Fmly", "Domn", "BkTxCd")
}

func (f *file) batch(e *Entry, total money.Amount) {
	f.opening("NtryDtls", "Btch")
	f.text("NbOfTxs", strconv.Itoa(len(e.Batch)))
	f.money("TtlAmt", total)
	f.text("CdtDbtInd", indicator(total))
	f.closing("Btch")
	for i := range e.Batch {
		f.payment(&e.Batch[i], e.Reversal)
	}
	f.closing("NtryDtls")
}

func (f *file) payment(p *Entry, reversal bool) {
	f.opening("TxDtls", "Refs")
	f.text("EndToEndId", cmp.Or(p.EndToEndID, "NOTPROVIDED"))
	f.text("MndtId", p.MandateID)
	f.closing("Refs")
	f.amounts(p)
	f.parties(p, reversal)
	f.remittance(p)
	if p.ReturnCode != "" {
		f.opening("RtrInf", "Rsn")
		f.text("Cd", p.ReturnCode)
		f.closing("Rsn", "RtrInf")
	}
	f.closing("TxDtls")
}

// amounts writes what was booked and instructed, and the charges: their places
// differ by version.
func (f *file) amounts(p *Entry) {
	if f.version != Version02 {
		f.signed(p.Amount)
	}
	f.opening("AmtDtls")
	f.wrapped("InstdAmt", p.Original)
	f.wrapped("TxAmt", p.Amount)
	f.closing("AmtDtls")
	if p.Charges.IsZero() {
		return
	}
	f.opening("Chrgs")
	if f.version == Version02 {
		f.money("Amt", p.Charges)
	} else {
		f.wrapped("Rcrd", p.Charges)
	}
	f.closing("Chrgs")
}

// parties names the counterparty: the debtor of a credit, and of a debit that
// takes one back; else the creditor.
func (f *file) parties(p *Entry, reversal bool) {
	role := "Dbtr"
	if p.Amount.IsNegative() != (reversal || p.ReturnCode != "") {
		role = "Cdtr"
	}
	if p.Name+p.IBAN+p.Ultimate == "" {
		return
	}
	f.opening("RltdPties")
	f.party(role, p.Name)
	if p.IBAN != "" {
		f.opening(role+"Acct", "Id")
		f.text("IBAN", p.IBAN)
		f.closing("Id", role+"Acct")
	}
	f.party("Ultmt"+role, p.Ultimate)
	f.closing("RltdPties")
}

func (f *file) party(role, name string) {
	if name == "" {
		return
	}
	f.opening(role)
	if f.version == Version02 {
		f.text("Nm", name)
	} else {
		f.opening("Pty")
		f.text("Nm", name)
		f.closing("Pty")
	}
	f.closing(role)
}

var issuers = map[reference.Scheme]string{reference.OGM: "BBA", reference.RF: "ISO", reference.Betalingskenmerk: "CUR"}

func (f *file) remittance(p *Entry) {
	if p.Text+p.Reference == "" && len(p.Invoices) == 0 {
		return
	}
	f.opening("RmtInf")
	const most = 140 // Max140Text
	for rest := []rune(p.Text); len(rest) > 0; rest = rest[min(most, len(rest)):] {
		f.text("Ustrd", string(rest[:min(most, len(rest))]))
	}
	if p.Reference != "" || len(p.Invoices) > 0 {
		f.opening("Strd")
		for _, number := range p.Invoices {
			f.opening("RfrdDocInf")
			f.text("Nb", number)
			f.closing("RfrdDocInf")
		}
		f.reference(p.Reference)
		f.closing("Strd")
	}
	f.closing("RmtInf")
}

func (f *file) reference(value string) {
	if value == "" {
		return
	}
	scheme, canonical, ok := reference.Detect(value)
	if ok {
		value = canonical
	}
	f.opening("CdtrRefInf", "Tp", "CdOrPrtry")
	f.text("Cd", "SCOR")
	f.closing("CdOrPrtry")
	f.text("Issr", issuers[scheme])
	f.closing("Tp")
	f.text("Ref", value)
	f.closing("CdtrRefInf")
}
