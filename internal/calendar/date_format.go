package calendar

import (
	"fmt"
	"strings"
	"time"
)

var (
	monthsDutch = [...]string{
		"januari", "februari", "maart", "april", "mei", "juni",
		"juli", "augustus", "september", "oktober", "november", "december",
	}
	monthsFrench = [...]string{
		"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre",
	}
	monthsGerman = [...]string{
		"Januar", "Februar", "März", "April", "Mai", "Juni",
		"Juli", "August", "September", "Oktober", "November", "Dezember",
	}
)

// Format writes the date in words for readers of the language: nl
// "24 november 2026", fr "24 novembre 2026" ("1er" on the first), de
// "24. November 2026", en "24 November 2026". A region falls back to its
// language, other languages read the English form, and the zero Date is "".
func (d Date) Format(language string) string {
	if d.IsZero() {
		return ""
	}
	month := d.Month - time.January
	switch baseLanguage(language) {
	case "nl":
		return fmt.Sprintf("%d %s %d", d.Day, monthsDutch[month], d.Year)
	case "fr":
		ordinal := ""
		if d.Day == 1 {
			ordinal = "er"
		}
		return fmt.Sprintf("%d%s %s %d", d.Day, ordinal, monthsFrench[month], d.Year)
	case "de":
		return fmt.Sprintf("%d. %s %d", d.Day, monthsGerman[month], d.Year)
	default:
		return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year)
	}
}

// FormatShort writes the date in digits, day first: nl 24-11-2026, de
// 24.11.2026, fr, en and all others 24/11/2026. The zero Date is "".
func (d Date) FormatShort(language string) string {
	if d.IsZero() {
		return ""
	}
	separator := "/"
	switch baseLanguage(language) {
	case "nl":
		separator = "-"
	case "de":
		separator = "."
	}
	return fmt.Sprintf("%02d%s%02d%s%04d", d.Day, separator, d.Month, separator, d.Year)
}

// baseLanguage returns the lower-case language of a tag such as "fr-BE".
func baseLanguage(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	return strings.ToLower(base)
}
