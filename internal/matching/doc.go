// Package matching says which open invoices a received payment pays. It never
// guesses: every match names its rule and its evidence, and what is uncertain
// becomes a proposal for a person, with the reasons why it is one.
//
// # The order of trust
//
// The first rule that finds a document decides.
//
//  1. A structured reference with right check digits (OGM, RF,
//     betalingskenmerk) that one of our documents carries. Equal amount: auto.
//     Lower: auto, the rest stays open. Higher: auto, what is over is the
//     debtor's unallocated credit, and other invoices are only paid with it
//     when the policy says oldest first. On a closed invoice: a double
//     payment, all of it credit. Other documents that the text names count
//     when they make the sum fit; when they do not, a person decides.
//  2. An end-to-end id that we gave to the collection or payment: likewise.
//  3. Document numbers, in the bank's own field or in free text. Auto only if
//     invoices less credit notes are the amount, to the cent, within the
//     policy's rounding tolerance, or less an agreed cash discount in its
//     window. Else a proposal.
//  4. The account of a known payer and exactly one open invoice of the amount:
//     a proposal, or auto if the policy says so.
//  5. The account of a known payer and exactly one sum of two or more of at
//     most 12 open documents: a proposal. Two sums: a person decides.
//
// A name is no evidence at all: it is never looked at.
//
// Never auto: a reference or number that two documents share, documents of two
// customers, another currency.
//
// Money that is taken back (a return, a reversal) is a case of its own: it is
// led to the payment it takes back, and the invoices of that payment reopen.
// What the bank kept beyond it is a fee and no part of any invoice.
//
// # Numbers in free text
//
// Numbers are compared in capitals, without separators and leading zeros:
// "2026 / 0101" is 2026-0101, and CN-0012 is CN12. A number is matched whole or
// not at all, the longest first; it never matches inside a longer run of
// digits. A number of fewer than four characters, or without a digit, never
// matches in text.
//
// What reads as something else is not a number: an IBAN, an amount, a date, a
// month, a year, a telephone number. Of these a date or month ("2026-01-07"), a
// dotted amount and a domestic telephone number still match a document whose own
// number is spelled exactly so: 2026-01-07 is invoice 2026-01-07 and never
// invoice 20260107. Eight digits in one piece are no date.
//
// # Use
//
// Build an [Index] of the open documents of one creditor, and of those closed
// lately so that double payments and returns are recognised. For each payment
// call [Index.Match], then [Index.Apply] with what was booked. The package is
// pure, and the same index and payment give the same outcome whatever the order
// of the items.
package matching
