package statementtest

import (
	"time"

	"maan/internal/calendar"
	"maan/internal/money"
)

// The versions that are written.
const (
	Version02 = "camt.053.001.02"
	Version08 = "camt.053.001.08"
)

// Spec is one statement. The zero value of most fields has a meaning, so that
// an account, an opening balance, a date and entries make a file.
type Spec struct {
	Version  string    // Version02 when empty
	ID       string    // "STMT-" and the sequence when empty
	Sequence int64     // 1 when zero
	Created  time.Time // the morning after Date when zero
	Account  string    // IBAN
	// Date is that of the balances, and of entries without one.
	Date    calendar.Date
	Opening money.Amount // its currency is the account's
	// Closing is nil for the balance that follows from the entries.
	Closing *money.Amount
	Entries []Entry
}

// Entry is a booking of one payment, or of a Batch. Where a field is empty the
// element is left out.
type Entry struct {
	// Amount is above zero for a credit, below for a debit. A batch has the sum
	// of its payments when it is zero.
	Amount money.Amount
	Date   calendar.Date // of booking; that of the statement when zero
	Value  calendar.Date // that of booking when zero
	Ref    string        // NtryRef
	// BankRef is AcctSvcrRef.
	BankRef string
	// Reversal says that an earlier booking is taken back; it does not change
	// the sign of Amount.
	Reversal bool
	Pending  bool
	// Bare leaves out all details: only Amount, dates and Text are written.
	Bare bool
	// Batch are the payments of a batch. Of each only the fields below and
	// Amount are used, and of the entry itself none of the fields below.
	Batch []Entry

	EndToEndID string
	MandateID  string
	Name       string // the counterparty's
	IBAN       string
	Ultimate   string
	// Reference is structured; its kind follows from its check digits.
	Reference  string
	Invoices   []string // numbers of documents
	Text       string
	ReturnCode string
	Charges    money.Amount // part of Amount
	Original   money.Amount // InstdAmt, without sign
}
