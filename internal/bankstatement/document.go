package bankstatement

import (
	"time"

	"maan/internal/calendar"
	"maan/internal/money"
)

// Document is one file: what passed every check.
type Document struct {
	// Version is the message definition, "camt.053.001.08".
	Version    string       `json:"version"`
	MessageID  string       `json:"message_id"`
	Created    time.Time    `json:"created,omitzero"`
	Statements []*Statement `json:"statements"`
	// Warnings are what a person may want to look at, up to 100; MoreWarnings
	// counts the others.
	Warnings     []Fault `json:"warnings,omitempty"`
	MoreWarnings int     `json:"more_warnings,omitempty"`
}

// Statement is one account over one period.
type Statement struct {
	// ID is the bank's name of the statement, and Sequence its number; 0 where
	// the bank does not count.
	ID       string        `json:"id"`
	Sequence int64         `json:"sequence,omitempty"`
	Created  time.Time     `json:"created,omitzero"`
	From     calendar.Date `json:"from,omitzero"`
	To       calendar.Date `json:"to,omitzero"`
	Account  Account       `json:"account"`
	// Opening and Closing are the booked balances (OPBD, else PRCD; CLBD); nil
	// where the file does not state them.
	Opening *Balance `json:"opening,omitempty"`
	Closing *Balance `json:"closing,omitempty"`
	// Entries are in the order of the file. Scan leaves them empty.
	Entries []Entry `json:"entries"`
	// Totals and Check are there when the whole statement has been read.
	Totals Totals `json:"totals"`
	Check  Check  `json:"check"`
}

// Account is the account of a statement.
type Account struct {
	// IBAN is in capitals without spaces. Other is the number of an account
	// that the bank names otherwise. One of them is there.
	IBAN     string         `json:"iban,omitempty"`
	Other    string         `json:"other,omitempty"`
	Currency money.Currency `json:"currency"`
}

// ID returns the IBAN, or the other number.
func (a Account) ID() string {
	if a.IBAN != "" {
		return a.IBAN
	}
	return a.Other
}

// Balance is what stood on the account, negative when overdrawn.
type Balance struct {
	Amount money.Amount  `json:"amount"`
	Date   calendar.Date `json:"date,omitzero"`
}

// Totals counts and adds up the booked entries of a statement; Unbooked counts
// the pending and informative ones, which move no money.
type Totals struct {
	Booked       int          `json:"booked"`
	Unbooked     int          `json:"unbooked,omitempty"`
	Transactions int          `json:"transactions"` // of the booked entries
	Credits      money.Amount `json:"credits"`
	Debits       money.Amount `json:"debits"` // zero or below
}

// CheckResult says whether a statement adds up.
type CheckResult string

// The results; values are stored, never rename.
const (
	// Balanced: opening balance and booked entries make the closing balance.
	Balanced CheckResult = "balanced"
	// Unbalanced: they do not; entries are missing, or were changed.
	Unbalanced CheckResult = "unbalanced"
	// Unchecked: a balance is missing, or is in another currency.
	Unchecked CheckResult = "unchecked"
)

// Check is the result; Difference is what the closing balance has above the
// opening balance and the booked entries, zero unless unbalanced.
type Check struct {
	Result     CheckResult  `json:"result"`
	Difference money.Amount `json:"difference,omitzero"`
}

// Status says whether an entry has moved money. Values are stored, never
// rename.
type Status string

// The statuses. Only booked entries count for the balance and for invoices.
const (
	Booked  Status = "booked"  // BOOK
	Pending Status = "pending" // PDNG, FUTR
	Info    Status = "info"    // INFO
)

// Entry is one booking.
type Entry struct {
	// Line is where its element begins in the file.
	Line int `json:"line"`
	// Ref is NtryRef, often no more than a number within the statement.
	Ref string `json:"ref,omitempty"`
	// BankRef is the bank's own reference (AcctSvcrRef).
	BankRef string `json:"bank_ref,omitempty"`
	// Amount is above zero for a credit, below for a debit.
	Amount money.Amount `json:"amount"`
	// Reversal: an earlier booking the other way is taken back.
	Reversal    bool          `json:"reversal,omitempty"`
	Status      Status        `json:"status"`
	BookingDate calendar.Date `json:"booking_date,omitzero"` // else the value date
	ValueDate   calendar.Date `json:"value_date,omitzero"`   // else the booking date
	BankTxCode  BankTxCode    `json:"bank_tx_code,omitzero"`
	// Transactions are at least one.
	Transactions []Transaction `json:"transactions"`
}

// BankTxCode is the kind of a booking, PMNT/RCDT/ESCT for example, or the
// bank's own code.
type BankTxCode struct {
	Domain      string `json:"domain,omitempty"`
	Family      string `json:"family,omitempty"`
	SubFamily   string `json:"sub_family,omitempty"`
	Proprietary string `json:"proprietary,omitempty"`
}

// Transaction is one payment of an entry. An entry without details is one
// transaction. So is an entry with details of several payments of which not
// all have an amount: it keeps the references of all, and a warning tells.
type Transaction struct {
	// Key names this movement of money over all files: whoever has taken in a
	// key ignores it when it comes again. It is made of account, booking date,
	// amount, place in the batch and the bank's reference; without one, of all
	// the contents; and of an ordinal, so that two equal payments of one
	// statement count twice. Up to 60 characters; "" for what is not booked.
	Key string `json:"key,omitempty"`
	// Amount is what moved on the account: above zero for a credit, below for
	// a debit.
	Amount money.Amount `json:"amount"`
	// Payments is the number of payments in it, 1 unless the bank booked
	// several without saying how they divide.
	Payments int `json:"payments"`
	// EndToEndID is the payer's reference; "" for NOTPROVIDED.
	EndToEndID    string `json:"end_to_end_id,omitempty"`
	MandateID     string `json:"mandate_id,omitempty"`
	InstructionID string `json:"instruction_id,omitempty"`
	// BankRef is the bank's reference of this transaction in a batch.
	BankRef      string       `json:"bank_ref,omitempty"`
	Counterparty Counterparty `json:"counterparty,omitzero"`
	References   []Reference  `json:"references,omitempty"`
	// InvoiceNumbers are those the payer named as documents (RfrdDocInf), each
	// once.
	InvoiceNumbers []string `json:"invoice_numbers,omitempty"`
	// Text is the free text, its pieces joined by spaces: Ustrd and
	// AddtlRmtInf, else AddtlTxInf, else the entry's AddtlNtryInf.
	Text string `json:"text,omitempty"`
	// ReturnReason is the code of a returned or refused payment;
	// ReturnText what the bank adds.
	ReturnReason string `json:"return_reason,omitempty"`
	ReturnText   string `json:"return_text,omitempty"`
	// Charges is what the bank took, above zero, and is part of Amount.
	Charges money.Amount `json:"charges,omitzero"`
	// OriginalAmount is what was instructed, before charges and exchange, with
	// the sign of Amount.
	OriginalAmount money.Amount `json:"original_amount,omitzero"`
}

// Counterparty is the other side: who paid a credit, who received a debit; of a
// returned payment the party of the payment that came back.
type Counterparty struct {
	Name string `json:"name,omitempty"`
	// IBAN is in capitals without spaces, unchecked; Account any other number.
	IBAN    string `json:"iban,omitempty"`
	Account string `json:"account,omitempty"`
	// Ultimate is for whom the counterparty acts, where the bank says so.
	Ultimate string `json:"ultimate,omitempty"`
}
