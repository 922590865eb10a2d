// Package einvoice reads Peppol BIS Billing 3.0 invoices and credit notes
// (UBL 2.1) and reports every fault of a document at once.
//
// It takes what collecting the invoice needs and no more: who owes whom, how
// much, when, how to pay, and what points at delivery and order. Lines are
// counted, not read. It is not a full EN 16931 validator: the sender's own
// software and the Peppol access point check the tax rules.
//
// A document passes three gates:
//
//  1. scan: the bytes are read under limits, and anything that is not a plain,
//     complete UBL document is refused with one finding (a DTD, a foreign
//     character set, too deep, too long, cut off). Only the elements this
//     package uses are kept, so that memory stays small whatever arrives.
//  2. extract: the kept elements become a [Document]; each missing, repeated
//     or unreadable value becomes a [Finding].
//  3. check: what spans several values (dates in order, totals that add up,
//     the invoice that must not be chased).
//
// Findings are meant for the sender and for logs: they name the place and the
// remedy, and never repeat names, addresses, e-mail addresses or telephone
// numbers.
//
// Sources: OpenPEPPOL peppol-bis-invoice-3 (structure/syntax/ubl-invoice.xml
// and ubl-creditnote.xml) and EN 16931-1 for the BT numbers and BR rules named
// in the comments.
package einvoice
