package bankstatement

import "maan/internal/reference"

// Scheme names a kind of structured reference. Values are stored, never
// rename.
type Scheme string

// The schemes. A value of the first three passed its check and is canonical.
const (
	SchemeOGM   Scheme = "ogm"   // Belgian structured communication
	SchemeRF    Scheme = "rf"    // ISO 11649
	SchemeCUR   Scheme = "cur"   // Dutch betalingskenmerk
	SchemeSCOR  Scheme = "scor"  // a creditor's reference of another kind, or one that fails its check
	SchemeOther Scheme = "other" // not called a creditor's reference (SCOR)
)

// Reference is a structured reference that came with a payment.
type Reference struct {
	Scheme Scheme `json:"scheme"`
	Value  string `json:"value"`
}

// issuers are the checks of the issuers of ISO 20022 references.
var issuers = map[string]struct {
	scheme Scheme
	check  func(string) (string, error)
}{
	"BBA": {SchemeOGM, reference.CheckOGM},
	"ISO": {SchemeRF, reference.CheckRF},
	"CUR": {SchemeCUR, reference.CheckBetalingskenmerk},
}

var detected = map[reference.Scheme]Scheme{
	reference.OGM: SchemeOGM, reference.RF: SchemeRF, reference.Betalingskenmerk: SchemeCUR,
}

// classify says what a reference is: by the check of its issuer, and without
// a known issuer by whatever check it passes.
func classify(code, issuer, value string) Reference {
	if known, ok := issuers[issuer]; ok {
		if canonical, err := known.check(value); err == nil {
			return Reference{known.scheme, canonical}
		}
	} else if scheme, canonical, ok := reference.Detect(value); ok {
		return Reference{detected[scheme], canonical}
	}
	if code == "SCOR" {
		return Reference{SchemeSCOR, value}
	}
	return Reference{SchemeOther, value}
}
