package bankstatement

import (
	"fmt"
	"strconv"

	"maan/internal/money"
	"maan/internal/xmlsafe"
)

// openStatement reads the head of a statement, which by the schema stands
// before its first entry, and hands it out. Without an account's currency and
// balances the first entry's currency is the account's.
func (s *scanner) openStatement(n *xmlsafe.Node, fallback money.Currency) error {
	st := &Statement{
		ID:       s.required(n, "Id", "the statement's identification"),
		Sequence: s.sequence(n),
		Created:  s.instant(n.Child("CreDtTm")),
		From:     dateOf(s.instant(n.Child("FrToDt").Child("FrDtTm"))),
		To:       dateOf(s.instant(n.Child("FrToDt").Child("ToDtTm"))),
		Account: Account{
			IBAN:     compact(n.Child("Acct").Child("Id").Child("IBAN")),
			Other:    text(n.Child("Acct").Child("Id").Child("Othr").Child("Id")),
			Currency: money.Currency(text(n.Child("Acct").Child("Ccy"))),
		},
		Entries: []Entry{},
	}
	if st.Account.ID() == "" {
		s.fail(n, "/Acct/Id", CodeMissing, "the account has neither an IBAN nor another number; ask the bank for a complete file")
	}
	s.balances(n, st)
	if st.Account.Currency == "" {
		st.Account.Currency = fallback
	}
	if _, known := st.Account.Currency.Digits(); !known && st.Account.Currency != "" {
		s.fail(n, "/Acct/Ccy", CodeInvalidCode, "the account's currency is not an active ISO 4217 code in capitals, such as EUR")
	}
	zero := money.New(0, st.Account.Currency)
	s.sum, st.Totals.Credits, st.Totals.Debits = zero, zero, zero
	s.keys = keyCounter{}
	s.statement, s.headSize = st, headSize(n)
	s.doc.Statements = append(s.doc.Statements, st)
	if len(s.faults) > 0 || s.onStatement == nil {
		return nil
	}
	return s.onStatement(st)
}

func headSize(n *xmlsafe.Node) int { return len(n.All("Acct")) + len(n.All("Bal")) }

func (s *scanner) closeStatement(n *xmlsafe.Node) error {
	if s.statement == nil {
		if err := s.openStatement(n, ""); err != nil {
			return err
		}
	}
	if headSize(n) != s.headSize {
		s.fail(n, "", CodeOrder, "the account or a balance stands after an entry; by the schema they come before the entries")
	}
	s.check(n)
	s.statement = nil
	return nil
}

// balances reads the booked balances, of several the first in the account's
// currency.
func (s *scanner) balances(n *xmlsafe.Node, st *Statement) {
	found := map[string]*Balance{}
	for _, bal := range n.All("Bal") {
		code := text(bal.Child("Tp").Child("CdOrPrtry").Child("Cd"))
		if code != "OPBD" && code != "PRCD" && code != "CLBD" {
			continue
		}
		amount, ok := s.signed(bal)
		if !ok {
			continue
		}
		if st.Account.Currency == "" {
			st.Account.Currency = amount.Currency
		}
		first := found[code]
		if first != nil && (first.Amount.Currency == st.Account.Currency || amount.Currency != st.Account.Currency) {
			s.warn(bal, "", CodeRepeated, "the statement has this balance more than once; the first was used")
			continue
		}
		found[code] = &Balance{Amount: amount, Date: s.choice(bal.Child("Dt"))}
	}
	st.Opening, st.Closing = found["OPBD"], found["CLBD"]
	if st.Opening == nil {
		st.Opening = found["PRCD"] // what the statement before closed with
	}
}

// check compares the balances with the booked entries.
func (s *scanner) check(n *xmlsafe.Node) {
	st := s.statement
	st.Check.Result = Unchecked
	switch {
	case st.Opening == nil || st.Closing == nil:
		s.warn(n, "/Bal", CodeBalanceMissing, "the opening (OPBD, PRCD) or the closing balance (CLBD) is missing, so nothing tells whether entries are missing")
		return
	case st.Opening.Amount.Currency != st.Account.Currency || st.Closing.Amount.Currency != st.Account.Currency:
		s.warn(n, "/Bal", CodeCurrencyMismatch, "a balance is not in the currency of the account, so nothing tells whether entries are missing")
		return
	}
	expected, err := st.Opening.Amount.Add(s.sum)
	if err == nil {
		st.Check.Difference, err = st.Closing.Amount.Sub(expected)
	}
	if err != nil {
		s.fail(n, "/Bal", CodeInvalidAmount, "the balances and entries together are out of range")
		return
	}
	if st.Check.Difference.IsZero() {
		st.Check = Check{Result: Balanced}
		return
	}
	st.Check.Result = Unbalanced
	s.warn(n, "/Bal", CodeUnbalanced, fmt.Sprintf("the closing balance is %s off the opening balance and the booked entries; an entry is missing or was changed", st.Check.Difference))
}

// sequence returns the electronic, else the legal sequence number; 0 where
// there is none that can be counted.
func (s *scanner) sequence(n *xmlsafe.Node) int64 {
	for _, name := range []string{"ElctrncSeqNb", "LglSeqNb"} {
		number := n.Child(name)
		if number == nil {
			continue
		}
		if value, err := strconv.ParseInt(text(number), 10, 64); err == nil && value >= 0 {
			return value
		}
		s.warn(number, "", CodeIgnored, "the sequence number is not a whole number and was left out")
	}
	return 0
}

// add counts an entry.
func (s *scanner) add(n *xmlsafe.Node, e *Entry) {
	t := &s.statement.Totals
	if e.Status != Booked {
		t.Unbooked++
		return
	}
	t.Booked++
	t.Transactions += len(e.Transactions)
	side := &t.Credits
	if e.Amount.IsNegative() {
		side = &t.Debits
	}
	sum, err := s.sum.Add(e.Amount)
	if err == nil {
		s.sum = sum
		*side, err = side.Add(e.Amount)
	}
	if err != nil {
		s.fail(n, "/Amt", CodeInvalidAmount, "the entries up to this one add up to an amount that is out of range")
	}
}
