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
	Kind Kind `json:"kind"`
	// TypeCode is the UNCL1001 code (BT-3): 380 invoice, 381 credit note, ...
	TypeCode string `json:"type_code"`
	// Number is the document's number (BT-1), 1 to 100 printable characters.
	Number    string        `json:"number"`
	IssueDate calendar.Date `json:"issue_date"` // BT-2
	// DueDate is BT-9. It is zero on an invoice only with a due_date_missing
	// warning, and was computed from the terms where due_date_assumed says so.
	DueDate calendar.Date `json:"due_date,omitzero"`

	Currency money.Currency `json:"currency"` // BT-5, the currency of all amounts below
	// Payable is the amount to collect or to give back (BT-115).
	Payable      money.Amount `json:"payable"`
	TaxInclusive money.Amount `json:"tax_inclusive"`    // BT-112
	TaxExclusive money.Amount `json:"tax_exclusive"`    // BT-109
	Prepaid      money.Amount `json:"prepaid,omitzero"` // BT-113; the zero value when absent

	Supplier Party `json:"supplier"`
	Buyer    Party `json:"buyer"`
	// Payee is the name of a payee other than the supplier (BT-59), a factor
	// for example.
	Payee string `json:"payee,omitzero"`

	// PaymentMeansCode is the UNCL4461 code (BT-81) of the payment means that
	// the fields below were taken from.
	PaymentMeansCode string `json:"payment_means_code,omitzero"`
	// PaymentID is the reference the buyer must give when paying (BT-83).
	PaymentID string `json:"payment_id,omitzero"`
	// IBAN is the supplier's account (BT-84): canonical when IBANValid, else
	// as the document gives it.
	IBAN        string `json:"iban,omitzero"`
	IBANValid   bool   `json:"iban_valid"`
	AccountName string `json:"account_name,omitzero"` // BT-85
	BIC         string `json:"bic,omitzero"`          // BT-86
	Mandate     string `json:"mandate,omitzero"`      // BT-89, direct debit mandate

	PaymentTerms string `json:"payment_terms,omitzero"` // BT-20
	// Discount for paying early, where the terms of an invoice grant one beyond
	// doubt; a discount_unclear warning says that there may be another.
	Discount CashDiscount `json:"discount,omitzero"`

	DeliveryDate  calendar.Date `json:"delivery_date,omitzero"`  // BT-72
	DeliveryParty string        `json:"delivery_party,omitzero"` // BT-70, the name of who received it
	DeliveryPlace Place         `json:"delivery_place,omitzero"`
	DespatchRef   string        `json:"despatch_ref,omitzero"` // BT-16
	ReceiptRef    string        `json:"receipt_ref,omitzero"`  // BT-15
	OrderRef      string        `json:"order_ref,omitzero"`    // BT-13
	BuyerRef      string        `json:"buyer_ref,omitzero"`    // BT-10
	ContractRef   string        `json:"contract_ref,omitzero"` // BT-12
	// Preceding are the numbers of the invoices this one refers to (BT-25),
	// in the order of the document, each once.
	Preceding []string `json:"preceding,omitzero"`

	// Lines is the number of invoice or credit note lines.
	Lines int `json:"lines"`
	// Blocked says whether, and why, the document must not be chased.
	Blocked BlockReason `json:"blocked,omitzero"`
}

// CashDiscount is what the buyer may take off when paying early.
type CashDiscount struct {
	// BasisPoints are hundredths of a percent: 250 is 2.5 %. The terms do not
	// say of which amount; it is usually the payable one.
	BasisPoints int `json:"basis_points"`
	// Days are calendar days from the issue date, and Until the last of them.
	Days  int           `json:"days"`
	Until calendar.Date `json:"until"`
}

// Place is where the goods went.
type Place struct {
	ID       string `json:"id,omitzero"`       // BT-71
	Street   string `json:"street,omitzero"`   // BT-75
	City     string `json:"city,omitzero"`     // BT-77
	Postcode string `json:"postcode,omitzero"` // BT-78
	Country  string `json:"country,omitzero"`  // BT-80, as the document gives it
}

// Party is the supplier or the buyer.
type Party struct {
	LegalName      string `json:"legal_name"`          // BT-27, BT-44
	TradeName      string `json:"trade_name,omitzero"` // BT-28, BT-45
	EndpointID     string `json:"endpoint_id"`         // Peppol address, BT-34, BT-49
	EndpointScheme string `json:"endpoint_scheme"`     // its EAS code, 0208 for example
	VATNumber      string `json:"vat_number,omitzero"` // BT-31, BT-48
	// RegistrationNumber is the number in the trade register (BT-30, BT-47)
	// and RegistrationScheme its ICD code, which may be empty.
	RegistrationNumber string  `json:"registration_number,omitzero"`
	RegistrationScheme string  `json:"registration_scheme,omitzero"`
	Street             string  `json:"street,omitzero"`
	City               string  `json:"city,omitzero"`
	Postcode           string  `json:"postcode,omitzero"`
	Country            string  `json:"country"` // ISO 3166-1 alpha-2
	Contact            Contact `json:"contact,omitzero"`
}

// Contact is the person or desk a party names; every field may be empty, and
// often all are.
type Contact struct {
	Name  string `json:"name,omitzero"`
	Phone string `json:"phone,omitzero"`
	Email string `json:"email,omitzero"`
}
