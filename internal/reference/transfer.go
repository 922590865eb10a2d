package reference

import (
	"errors"
	"fmt"
	"strings"

	"maan/internal/money"
)

// Limits of EPC069-12, in characters of the fields and bytes of the payload.
const (
	maxNameLength = 70
	maxTextLength = 140
	maxNoteLength = 70
	maxPayload    = 331
	maxEPCMinor   = 999_999_999_99
)

// Field names a field of a Transfer in a TransferError.
type Field string

// The fields that EPC may refuse.
const (
	FieldName      Field = "name"
	FieldIBAN      Field = "iban"
	FieldBIC       Field = "bic"
	FieldAmount    Field = "amount"
	FieldReference Field = "reference"
)

// TransferError is every error of Transfer.EPC. Its text holds no part of the
// field's value.
type TransferError struct {
	Field  Field
	Code   Code
	Detail string
}

// Error returns the field and the detail.
func (e *TransferError) Error() string { return string(e.Field) + ": " + e.Detail }

// Transfer is a SEPA credit transfer as the payer should make it.
type Transfer struct {
	// Name is the payee's account name.
	Name string
	// IBAN is the payee's account.
	IBAN string
	// BIC of the payee's bank: needed outside the EEA, else optional.
	BIC string
	// Amount is in EUR, 0.01 to 999999999.99.
	Amount money.Amount
	// Reference is the payment reference, structured or not.
	Reference string
	// Text for the payee, cut to fit. It is left out when Reference is
	// structured, since the standard has room for one of the two.
	Text string
	// Note is shown to the payer and not transmitted. It is cut to fit.
	Note string
}

// EPC returns the payload of the EPC QR code ("GiroCode"; EPC069-12, version
// 002, UTF-8) for QRCodePNG. An OGM (as 12 digits) or RF reference is the
// structured reference; everything else, the betalingskenmerk included, is
// remittance text. All text is written in ASCII. Every error is a
// *TransferError.
func (t Transfer) EPC() (string, error) {
	name, err := t.epcName()
	if err != nil {
		return "", err
	}
	iban, bic, err := t.epcAccount()
	if err != nil {
		return "", err
	}
	amount, err := t.epcAmount()
	if err != nil {
		return "", err
	}
	structured, text, err := t.epcRemittance()
	if err != nil {
		return "", err
	}
	const serviceTag, version, utf8, identification, purpose = "BCD", "002", "1", "SCT", ""
	payload := strings.Join([]string{
		serviceTag, version, utf8, identification,
		bic, name, iban, amount, purpose, structured, text,
	}, "\n")
	// Without the note the fields add up to 287 bytes at most, so there is
	// always room for a part of it.
	note := cut(toASCII(t.Note), min(maxNoteLength, maxPayload-len(payload)-len("\n")))
	return strings.TrimRight(payload+"\n"+note, "\n"), nil
}

func (t Transfer) epcName() (string, error) {
	name := cut(toASCII(t.Name), maxNameLength)
	if strings.Trim(name, ". ") == "" {
		return "", &TransferError{FieldName, Missing, "the payee's name is empty: give the exact account name in Latin letters"}
	}
	return name, nil
}

func (t Transfer) epcAccount() (iban, bic string, err error) {
	iban, err = CheckIBAN(t.IBAN)
	if err != nil {
		refused := &TransferError{Field: FieldIBAN, Detail: err.Error()}
		if fault := (*Error)(nil); errors.As(err, &fault) {
			refused.Code, refused.Detail = fault.Code, fault.Detail
		}
		return "", "", refused
	}
	bic = compact(t.BIC)
	if bic == "" {
		if outsideEEA[iban[:2]] {
			return "", "", &TransferError{FieldBIC, Missing, "an account in " + iban[:2] + " needs the BIC: it is outside the EEA"}
		}
		return iban, "", nil
	}
	if err := checkBIC(bic); err != nil {
		return "", "", err
	}
	return iban, bic, nil
}

// checkBIC checks the form of ISO 9362: four letters or digits of the party,
// two letters of the country, two of the place, three of the branch or none.
func checkBIC(bic string) error {
	const short, long = 8, 11
	switch {
	case len(bic) != short && len(bic) != long:
		return &TransferError{FieldBIC, BadLength, fmt.Sprintf("has %d characters: 8 or 11 are possible", len(bic))}
	case !onlyLettersAndDigits(bic) || strings.ContainsAny(bic[4:6], "0123456789"):
		return &TransferError{FieldBIC, BadCharacter, "is not of the form AAAABBCC or AAAABBCCDDD"}
	}
	return nil
}

func (t Transfer) epcAmount() (string, error) {
	switch {
	case t.Amount.Currency != "EUR":
		return "", &TransferError{FieldAmount, NotEUR, "a SEPA transfer is in EUR: make no QR code for other currencies"}
	case t.Amount.Minor < 1 || t.Amount.Minor > maxEPCMinor:
		return "", &TransferError{FieldAmount, OutOfRange, "must be 0.01 to 999999999.99"}
	}
	return "EUR" + t.Amount.Decimal(), nil
}

// epcRemittance returns the structured reference (line 10) or the remittance
// text (line 11), never both.
func (t Transfer) epcRemittance() (structured, text string, err error) {
	scheme, canonical, detected := Detect(t.Reference)
	if detected && (scheme == OGM || scheme == RF) {
		return canonical, "", nil
	}
	reference := toASCII(t.Reference)
	if len(reference) > maxTextLength {
		return "", "", &TransferError{FieldReference, TooLong, fmt.Sprintf(
			"has %d characters: at most %d fit in a transfer", len(reference), maxTextLength)}
	}
	return "", cut(strings.TrimSpace(reference+" "+toASCII(t.Text)), maxTextLength), nil
}
