package collection

import (
	"net/mail"
	"slices"

	"maan/internal/sms"
	"maan/internal/store"
)

// ContactRoles are the roles of a customer's contacts, in the order in which the
// product writes to them; management is only kept for people.
var ContactRoles = []string{"accounts_payable", "buyer", "general", "management"}

// CheckContact checks a contact and brings its mobile number into E.164 form; country
// is the customer's, for numbers without a prefix. The error names every fault and
// quotes no address.
func CheckContact(c *store.Contact, country string) error {
	var bad faults
	if !slices.Contains(ContactRoles, c.Role) {
		bad.add("role", "unknown_role", "give one of %v", ContactRoles)
	}
	if c.Email != "" {
		if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email || len(c.Email) > 254 {
			bad.add("email", "invalid_email", "give a plain address such as name@example.com, at most 254 characters")
		}
	}
	for field, v := range map[string]string{"name": c.Name, "first_name": c.FirstName, "phone": c.Phone, "mobile": c.Mobile} {
		if len(v) > 200 || !printable(v) {
			bad.add(field, "invalid_text", "at most 200 printable characters")
		}
	}
	if c.Mobile != "" && country != "" {
		e164, mobile, err := sms.Mobile(c.Mobile, country)
		switch {
		case err != nil:
			bad.add("mobile", "invalid_number", "the number is not valid; write it as +31612345678")
		case !mobile && c.MobileBilling:
			bad.add("mobile", "not_mobile", "the number is not a mobile; put it under phone, or take off mobile_billing")
		default:
			c.Mobile = e164
		}
	}
	return bad.err()
}
