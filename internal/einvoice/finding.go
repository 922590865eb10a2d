package einvoice

// Severity says whether a finding refuses the document.
type Severity string

// The severities; values are part of the API's answers, never rename.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Code names the kind of a finding, for programs.
type Code string

// Codes of faults that end the reading: the document carries exactly one
// finding. Values are part of the API's answers, never rename.
const (
	CodeTooLarge        Code = "too_large"
	CodeDTD             Code = "dtd"
	CodeTooManyLines    Code = "too_many_lines"
	CodeTooManyElements Code = "too_many_elements"
	CodeTooDeep         Code = "too_deep"
	CodeNotUBL          Code = "not_ubl"
	CodeMalformed       Code = "malformed"
	CodeCharset         Code = "charset"
)

// Codes of faults in single values. Values are part of the API's answers,
// never rename.
const (
	CodeProfile          Code = "profile"
	CodeMissing          Code = "missing"
	CodeRepeated         Code = "repeated"
	CodeTooLong          Code = "too_long"
	CodeControlCharacter Code = "control_character"
	CodeInvalidNumber    Code = "invalid_number"
	CodeInvalidDate      Code = "invalid_date"
	CodeInvalidAmount    Code = "invalid_amount"
	CodeInvalidCode      Code = "invalid_code"
	CodeUnknownCurrency  Code = "unknown_currency"
	CodeCurrencyMismatch Code = "currency_mismatch"
	CodeTypeCode         Code = "type_code"
)

// Codes of faults between values. Values are part of the API's answers, never
// rename.
const (
	CodeNotPositive          Code = "not_positive"
	CodeNothingPayable       Code = "nothing_payable"
	CodeDueBeforeIssue       Code = "due_before_issue"
	CodeDueDateMissing       Code = "due_date_missing"
	CodeDueDateAssumed       Code = "due_date_assumed"
	CodeDueDateAmbiguous     Code = "due_date_ambiguous"
	CodeDiscountUnclear      Code = "discount_unclear"
	CodeIBANInvalid          Code = "iban_invalid"
	CodeIBANMissing          Code = "iban_missing"
	CodeSeveralPaymentMeans  Code = "several_payment_means"
	CodeTotalsMismatch       Code = "totals_mismatch"
	CodeNoLines              Code = "no_lines"
	CodeBuyerReferenceAbsent Code = "buyer_reference_missing"
	CodePrecedingMissing     Code = "preceding_missing"
	CodeContactMissing       Code = "contact_missing"
	CodeEnterpriseNumber     Code = "enterprise_number"
)

// Finding is one fault of a document.
type Finding struct {
	Severity Severity `json:"severity"`
	Code     Code     `json:"code"`
	// Path is the place, as an XPath with the usual prefixes (cac, cbc)
	// whatever prefixes the document uses; "/" for the document as a whole.
	Path string `json:"path"`
	// Message says what is wrong, where, and how to mend it. It holds no
	// personal data.
	Message string `json:"message"`
}

// hasError reports whether any finding refuses the document.
func hasError(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == SeverityError {
			return true
		}
	}
	return false
}
