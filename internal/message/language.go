package message

import (
	"slices"
	"strings"
)

// languages are the languages with a file in templates, as ISO 639-1 codes.
// Adding one takes a language file and the formats in money and calendar.
var languages = []string{"nl", "fr", "de", "en"}

// lastResort is read by most people who read none of the others.
const lastResort = "en"

// Languages returns the supported languages, as ISO 639-1 codes.
func Languages() []string { return append([]string(nil), languages...) }

// Supported reports whether there is a complete language file for the
// language. A region is ignored: nl-BE is supported because nl is.
func Supported(language string) bool {
	base := baseLanguage(language)
	return slices.Contains(languages, base)
}

// Language returns the language to write in: the wanted one without its region,
// else the fallback (the creditor's), else English.
func Language(want, fallback string) string {
	for _, l := range []string{want, fallback} {
		if Supported(l) {
			return baseLanguage(l)
		}
	}
	return lastResort
}

// baseLanguage returns "nl" for nl-BE, NL_be and " nl ".
func baseLanguage(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"), "-")
	return strings.ToLower(base)
}
