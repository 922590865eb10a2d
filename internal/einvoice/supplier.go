package einvoice

import "strings"

// SupplierIDs are the numbers under which a creditor is known.
type SupplierIDs struct {
	EndpointScheme     string
	EndpointID         string
	VATNumber          string
	RegistrationNumber string
}

// minBareVAT is the shortest VAT number without country prefix that is
// compared with one that has a prefix; shorter ones are too likely to be equal
// by chance.
const minBareVAT = 8

// MatchesSupplier reports whether a document's supplier is the creditor with
// these numbers: the Peppol endpoint (scheme and id), the VAT number or the
// registration number is the same. Case, spaces, dots and dashes do not count,
// and an empty value never matches.
//
// A VAT number without country prefix equals one with a prefix only where the
// prefix is the supplier's own country: the digits alone are not unique in the
// EU.
func MatchesSupplier(supplier Party, ids SupplierIDs) bool {
	return sameEndpoint(supplier, ids) ||
		sameVAT(supplier.VATNumber, ids.VATNumber, supplier.Country) ||
		sameNonEmpty(supplier.RegistrationNumber, ids.RegistrationNumber)
}

func sameEndpoint(supplier Party, ids SupplierIDs) bool {
	return sameNonEmpty(supplier.EndpointScheme, ids.EndpointScheme) &&
		sameNonEmpty(supplier.EndpointID, ids.EndpointID)
}

func sameNonEmpty(a, b string) bool {
	a, b = normalizeID(a), normalizeID(b)
	return a != "" && a == b
}

func sameVAT(a, b, country string) bool {
	a, b = normalizeID(a), normalizeID(b)
	if a == "" || b == "" {
		return false
	}
	prefixA, numberA := splitVAT(a)
	prefixB, numberB := splitVAT(b)
	if (prefixA == "") == (prefixB == "") {
		return prefixA == prefixB && numberA == numberB
	}
	// One of the two has no prefix, so one of these is empty.
	prefix := prefixA + prefixB
	return numberA == numberB && len(numberA) >= minBareVAT &&
		prefix == vatPrefix(normalizeID(country))
}

// splitVAT parts a normalised VAT number in prefix and number; the prefix is
// empty where the number does not start with a known one.
func splitVAT(vat string) (prefix, number string) {
	if len(vat) > 2 {
		if p := vatPrefix(vat[:2]); vatPrefixes[p] {
			return p, vat[2:]
		}
	}
	return "", vat
}

// vatPrefix is the VAT prefix of a country: its ISO code, save that Greece
// uses EL.
func vatPrefix(country string) string {
	if country == "GR" {
		return "EL"
	}
	return country
}

// vatPrefixes are the prefixes of VIES, and of the neighbours that use the
// same form.
var vatPrefixes = wordSet("AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI GB NO CH IS")

var idSeparators = strings.NewReplacer(" ", "", "\u00a0", "", ".", "", "-", "")

// normalizeID brings two spellings of the same number together.
func normalizeID(id string) string {
	return idSeparators.Replace(strings.ToUpper(strings.TrimSpace(id)))
}
