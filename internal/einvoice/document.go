package einvoice

import (
	"maan/internal/calendar"
	"maan/internal/money"
)

// Kind says whether a document claims money or gives it back.
type Kind string

// The kinds of document; values are stored, never rename.
const (
	KindInvoice    Kind = "invoice"
	KindCreditNote Kind = "credit_note"
)

// BlockReason says why an invoice must not be chased although it is valid.
type BlockReason string

// The reasons a document starts blocked; values are stored, never rename.
const (
	// NotBlocked: the supplier collects this document itself.
	NotBlocked BlockReason = ""
	// BlockedFactored: somebody else is to be paid (type 393 or 396, or a
	// payee who is not the supplier).
	BlockedFactored BlockReason = "factored"
	// BlockedDirectDebit: the supplier takes the money from the buyer's
	// account (payment means 49 or 59); no reminder before the collection.
	BlockedDirectDebit BlockReason = "direct_debit"
)

// Document is an invoice or credit note that passed every check of [Read].
// Texts are trimmed and on one line (PaymentTerms keeps its line breaks);
// optional values are empty, and optional dates zero, when the document does
// not state them.
type Document struct {
	Kind Kind
	// TypeCode is the UNCL1001 code (BT-3): 380 invoice, 381 credit note, ...
	TypeCode string
	// Number is the document's number (BT-1), 1 to 100 printable characters.
	Number    string
	IssueDate calendar.Date // BT-2
	// DueDate is BT-9. It is zero on an invoice only with a due_date_missing
	// warning, and was computed from the terms where due_date_assumed says so.
	DueDate calendar.Date

	Currency money.Currency // BT-5, the currency of all amounts below
	// Payable is the amount to collect or to give back (BT-115).
	Payable      money.Amount
	TaxInclusive money.Amount // BT-112
	TaxExclusive money.Amount // BT-109
	Prepaid      money.Amount // BT-113; the zero value when absent

	Supplier Party
	Buyer    Party
	// Payee is the name of a payee other than the supplier (BT-59), a factor
	// for example.
	Payee string

	// PaymentMeansCode is the UNCL4461 code (BT-81) of the payment means that
	// the fields below were taken from.
	PaymentMeansCode string
	// PaymentID is the reference the buyer must give when paying (BT-83).
	PaymentID string
	// IBAN is the supplier's account (BT-84): canonical when IBANValid, else
	// as the document gives it.
	IBAN        string
	IBANValid   bool
	AccountName string // BT-85
	BIC         string // BT-86
	Mandate     string // BT-89, direct debit mandate

	PaymentTerms string        // BT-20
	DeliveryDate calendar.Date // BT-72
	DespatchRef  string        // BT-16
	ReceiptRef   string        // BT-15
	OrderRef     string        // BT-13
	BuyerRef     string        // BT-10
	ContractRef  string        // BT-12
	// Preceding are the numbers of the invoices this one refers to (BT-25),
	// in the order of the document, each once.
	Preceding []string

	// Lines is the number of invoice or credit note lines.
	Lines int
	// Blocked says whether, and why, the document must not be chased.
	Blocked BlockReason
}

// Party is the supplier or the buyer.
type Party struct {
	LegalName      string // BT-27, BT-44
	TradeName      string // BT-28, BT-45
	EndpointID     string // Peppol address, BT-34, BT-49
	EndpointScheme string // its EAS code, 0208 for example
	VATNumber      string // BT-31, BT-48
	// RegistrationNumber is the number in the trade register (BT-30, BT-47)
	// and RegistrationScheme its ICD code, which may be empty.
	RegistrationNumber string
	RegistrationScheme string
	Street             string
	City               string
	Postcode           string
	Country            string // ISO 3166-1 alpha-2
	Contact            Contact
}

// Contact is the person or desk a party names; every field may be empty, and
// often all are.
type Contact struct {
	Name  string
	Phone string
	Email string
}
