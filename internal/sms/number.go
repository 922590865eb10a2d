package sms

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrBadNumber is the error of a text that is no valid telephone number. It does
// not repeat the text.
var ErrBadNumber = errors.New("not a valid telephone number: give it with its country code (such as +31 6 ...)")

// Mobile reads a number as people write it and returns it in E.164. A number
// without a country code belongs to defaultCountry (ISO 3166-1 alpha-2). mobile
// says whether an SMS may reach it; where the numbering plan cannot tell a
// mobile from a landline, as in the United States, it is true.
func Mobile(number, defaultCountry string) (e164 string, mobile bool, err error) {
	parsed, err := phonenumbers.Parse(number, strings.ToUpper(defaultCountry))
	if err != nil || !phonenumbers.IsValidNumber(parsed) || parsed.GetExtension() != "" {
		return "", false, ErrBadNumber
	}
	kind := phonenumbers.GetNumberType(parsed)
	mobile = kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE
	return phonenumbers.Format(parsed, phonenumbers.E164), mobile, nil
}
