package matching

import "maan/internal/money"

// Decision says what becomes of a payment. The values of this and the types
// below are stored: never rename them.
type Decision string

// The decisions.
const (
	// Auto: book it as the outcome says.
	Auto Decision = "auto"
	// Propose: a person decides; the allocations, if any, are a suggestion.
	Propose Decision = "propose"
	// None: nothing is known that the payment could be for.
	None Decision = "none"
	// Return: an earlier payment is taken back; reopen what it paid.
	Return Decision = "return"
)

// Rule names the rule that decided.
type Rule string

// The rules.
const (
	RuleStructuredReference        Rule = "structured_reference"
	RuleStructuredReferencePartial Rule = "structured_reference_partial"
	RuleStructuredReferenceOver    Rule = "structured_reference_over"
	RuleEndToEndID                 Rule = "end_to_end_id"
	RuleInvoiceNumber              Rule = "invoice_number"
	RuleInvoiceNumbersSum          Rule = "invoice_numbers_sum"
	RuleCashDiscount               Rule = "cash_discount"
	RuleKnownIBANExact             Rule = "known_iban_exact"
	RuleKnownIBANSubset            Rule = "known_iban_subset"
	RuleReturnOfPayment            Rule = "return_of_payment"
	RuleNone                       Rule = "none"
)

// Flag tells something about an outcome that somebody has to act on.
type Flag string

// The flags.
const (
	// FlagPartial: an invoice stays open for a rest.
	FlagPartial Flag = "partial"
	// FlagSmallBalance: that rest is small enough to write off, so propose it
	// and send no reminder.
	FlagSmallBalance Flag = "small_balance"
	// FlagOverpaid: something is left for the customer's credit.
	FlagOverpaid Flag = "overpaid"
	// FlagDoublePayment: it looks like the same invoice paid twice, so offer
	// the money back.
	FlagDoublePayment Flag = "double_payment"
	// FlagOldestFirst: what was over has paid other invoices, by policy.
	FlagOldestFirst Flag = "oldest_first"
	// FlagAmbiguous: more than one answer fits.
	FlagAmbiguous Flag = "ambiguous"
)

// Reason says why an outcome is not automatic.
type Reason string

// The reasons.
const (
	ReasonAmbiguousReference Reason = "ambiguous_reference"   // documents share the reference or end-to-end id
	ReasonAmbiguousNumber    Reason = "ambiguous_number"      // documents share the number
	ReasonAmbiguousAmount    Reason = "ambiguous_amount"      // two invoices, or two sums, have the amount
	ReasonAmbiguousReceipt   Reason = "ambiguous_receipt"     // two payments may be the one taken back
	ReasonAmountDiffers      Reason = "amount_differs"        // what is named does not make up the amount
	ReasonConflict           Reason = "conflicting_documents" // the reference names one document, the text another
	ReasonCurrencyDiffers    Reason = "currency_differs"      // the document is in another currency
	ReasonTwoCustomers       Reason = "two_customers"         // the documents are of different customers
	ReasonClosed             Reason = "closed"                // only closed documents are named
	ReasonCreditNote         Reason = "credit_note"           // only a credit note is named
	ReasonShortNumber        Reason = "short_number"          // a number too short to prove anything
	ReasonTooMany            Reason = "too_many_documents"    // too many documents to be sure
	ReasonKnownIBANOnly      Reason = "known_iban_only"       // nothing but account and amount speaks for it
	ReasonNoAmountFits       Reason = "no_amount_fits"        // the customer is known, but no document has the amount
	ReasonNothingFound       Reason = "nothing_found"         // no document and no customer is known
	ReasonNoReceipt          Reason = "no_receipt"            // no payment on the document that could be taken back
	ReasonIncomplete         Reason = "receipt_incomplete"    // not all that the payment paid is known
	ReasonOutOfRange         Reason = "amount_out_of_range"   // no one pays so much
	ReasonNotReceived        Reason = "not_received"          // no money came in: zero, our own payment, or its return
)

// EvidenceCode names a fact that speaks for an outcome.
type EvidenceCode string

// The evidence.
const (
	EvidenceReference   EvidenceCode = "structured_reference"
	EvidenceEndToEndID  EvidenceCode = "end_to_end_id"
	EvidenceNumber      EvidenceCode = "number"         // in the bank's own field
	EvidenceNumberText  EvidenceCode = "number_in_text" // in free text
	EvidenceAmountEqual EvidenceCode = "amount_equal"
	EvidenceDiscount    EvidenceCode = "discount_window"
	EvidenceRounding    EvidenceCode = "rounding"
	EvidencePayerIBAN   EvidenceCode = "payer_iban"
	EvidenceReceipt     EvidenceCode = "receipt" // the payment that is taken back was booked on the item
)

// Evidence is one such fact, with the document it is about if it is about one.
// It holds nothing that the payer wrote.
type Evidence struct {
	Code   EvidenceCode
	ItemID string
	Number string
}

// Allocation is the part of a payment for one item. Signs are those of the
// payment: a credit note that is used up has a negative amount, and so has an
// invoice that reopens.
type Allocation struct {
	ItemID string
	Amount money.Amount
	// Discount and Rounding are closed together with Amount without being
	// paid; a return takes them back with a negative sign.
	Discount money.Amount
	Rounding money.Amount
	// Left is what is open afterwards.
	Left money.Amount
}

// Outcome is the answer for one payment. Always the allocated amounts plus
// Unallocated less Fee are the payment's amount.
type Outcome struct {
	Decision Decision
	Rule     Rule
	// CustomerID is whose money it is, and whose credit Unallocated becomes;
	// empty when unknown.
	CustomerID  string
	Allocations []Allocation
	Unallocated money.Amount
	// Fee is what the bank took for a return, above the payment itself. It is
	// a separate item that bears no interest.
	Fee money.Amount
	// ReturnOf is the PaymentID of the payment that is taken back.
	ReturnOf string
	// Candidates are ids of items for a person to choose from, or on a double
	// payment those that were paid before; at most 20.
	Candidates []string
	Flags      []Flag
	Evidence   []Evidence
	Reasons    []Reason
}
