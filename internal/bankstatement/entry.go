package bankstatement

import "maan/internal/xmlsafe"

// closeEntry reads an entry whose transactions have been read, and hands it
// out.
func (s *scanner) closeEntry(n *xmlsafe.Node) error {
	e, sound := s.readEntry(n)
	if s.statement == nil {
		if err := s.openStatement(n.Parent(), e.Amount.Currency); err != nil {
			return err
		}
	}
	if !sound {
		return nil
	}
	if e.Amount.Currency != s.statement.Account.Currency {
		s.fail(n, "/Amt/@Ccy", CodeCurrencyMismatch, "the entry is not in the currency of the account; ask the bank for one statement for each currency")
		return nil
	}
	s.settle(n, e)
	s.nameKeys(n, e)
	s.add(n, e)
	if len(s.faults) > 0 || s.onEntry == nil {
		return nil
	}
	return s.onEntry(s.statement, e)
}

// readEntry reads what belongs to the entry itself; sound is false where a
// value that everything rests on is at fault.
func (s *scanner) readEntry(n *xmlsafe.Node) (e *Entry, sound bool) {
	before := len(s.faults)
	e = &Entry{
		Line:        n.Line,
		Ref:         given(n.Child("NtryRef")),
		BankRef:     given(n.Child("AcctSvcrRef")),
		Reversal:    s.flag(n.Child("RvslInd")),
		Status:      s.status(n),
		BookingDate: s.choice(n.Child("BookgDt")),
		ValueDate:   s.choice(n.Child("ValDt")),
		BankTxCode:  bankTxCode(n.Child("BkTxCd")),
	}
	e.Amount, _ = s.signed(n) // a fault in it is noted there, and the entry is refused below
	if e.BookingDate.IsZero() {
		e.BookingDate = e.ValueDate
	}
	if e.ValueDate.IsZero() {
		e.ValueDate = e.BookingDate
	}
	if e.Status == Booked && e.BookingDate.IsZero() && len(s.faults) == before {
		s.fail(n, "/BookgDt", CodeMissing, "the booked entry has neither a booking date nor a value date; ask the bank for a complete file")
	}
	return e, len(s.faults) == before
}

// status reads Sts, which is Sts/Cd in version .08.
func (s *scanner) status(n *xmlsafe.Node) Status {
	sts := n.Child("Sts")
	if code := sts.Child("Cd"); code != nil {
		sts = code
	}
	switch text(sts) {
	case "BOOK":
		return Booked
	case "PDNG", "FUTR":
		return Pending
	case "INFO":
		return Info
	}
	s.fail(n, "/Sts", CodeInvalidCode, "the status must be BOOK, PDNG, FUTR or INFO; ask the bank for a correct file")
	return ""
}

// flag reads an indicator; false where it is absent.
func (s *scanner) flag(n *xmlsafe.Node) bool {
	switch text(n) {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	if n != nil {
		s.fail(n, "", CodeInvalidCode, "the indicator must be true or false; ask the bank for a correct file")
	}
	return false
}

func bankTxCode(n *xmlsafe.Node) BankTxCode {
	domain := n.Child("Domn")
	family := domain.Child("Fmly")
	return BankTxCode{
		Domain:      text(domain.Child("Cd")),
		Family:      text(family.Child("Cd")),
		SubFamily:   text(family.Child("SubFmlyCd")),
		Proprietary: text(n.Child("Prtry").Child("Cd")),
	}
}
