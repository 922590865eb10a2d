package bankstatement

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"maan/internal/xmlsafe"
)

// keyCounter counts the keys of a statement without their ordinal.
type keyCounter map[[keySize]byte]int

const keySize = 16

// nameKeys gives the transactions of a booked entry their keys.
//
// A key names one movement of money for ever: whoever has taken in a key
// ignores it when it comes again. It is a hash, a dash and an ordinal. Into the
// hash go
//
//   - the account, the booking date, the amount, and the place in the batch;
//   - the bank's reference (AcctSvcrRef of the entry, else of the transaction),
//     which is the bank's promise that there is one such booking;
//   - without one the entry's reference, which often is a mere number within
//     the statement, and so also all the contents: value date, the payer's
//     references, the counterparty, the text.
//
// The ordinal counts the equal ones within a statement. A statement lists no
// booking twice, so two equal ones are two payments, and both count; in another
// file, or in another statement of the same file, they get the same two keys,
// and count no more.
//
// Keys are stored: never change how they are made.
func (s *scanner) nameKeys(n *xmlsafe.Node, e *Entry) {
	if e.Status != Booked {
		return
	}
	for i := range e.Transactions {
		t := &e.Transactions[i]
		parts := []string{"camt053-1", s.statement.Account.ID(), e.BookingDate.String(), t.Amount.String(), strconv.Itoa(i)}
		bankRef := e.BankRef
		if bankRef == "" {
			bankRef = t.BankRef
		}
		if bankRef != "" {
			parts = append(parts, "ref", bankRef)
		} else {
			parts = append(parts, contents(e, t)...)
		}
		// No text of XML holds the separator.
		sum := sha256.Sum256([]byte(strings.Join(parts, "\x1f")))
		hash := [keySize]byte(sum[:keySize])
		s.keys[hash]++
		if s.keys[hash] > 1 && bankRef != "" {
			s.warn(n, "/AcctSvcrRef", CodeDuplicateReference, "the statement has the bank's reference twice with the same date and amount; both were kept, since a statement lists no booking twice")
		}
		t.Key = hex.EncodeToString(hash[:]) + "-" + strconv.Itoa(s.keys[hash])
	}
}

func contents(e *Entry, t *Transaction) []string {
	c := t.Counterparty
	parts := []string{
		"contents", e.Ref, e.ValueDate.String(), t.EndToEndID, t.MandateID, t.InstructionID,
		c.Name, c.IBAN, c.Account, c.Ultimate, t.ReturnReason, t.Text,
	}
	for _, r := range t.References {
		parts = append(parts, r.Value)
	}
	return append(parts, t.InvoiceNumbers...)
}
