package collection

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/store"
)

// Why a channel of a step reached nobody. Stored in steps and histories: never rename.
const (
	skipNoAddress       = "no_address"             // no contact has an e-mail address
	skipAddressFailed   = "address_failed"         // every address turned out to be dead
	skipNotThisKind     = "not_for_this_kind"      // the creditor sends no text messages to such customers
	skipNoMobile        = "no_mobile"              // no contact has a mobile
	skipNotForBilling   = "mobile_not_for_billing" // none of the mobiles is marked for messages about invoices
	skipNumberFailed    = "number_failed"          // every number turned out to be dead
	skipSilenced        = "silenced"               // the customer does not want to be written to on the channel
	skipTooLong         = "too_long"               // the text does not fit; the mail says it in full
	contactOfOneInvoice = "buyer"                  // the role of a contact that an invoice names
)

// addressRoles are the roles of a customer's contacts that are written to, in this order.
var addressRoles = ContactRoles[:3]

// pickContact is the contact that is written to on a channel about an invoice: whom the
// invoice names itself, then accounts payable, the buyer and the general address. An address
// that failed anywhere at the customer is not tried again. Without one it says why.
func pickContact(contacts []store.Contact, invoice uuid.UUID, c dunning.Channel) (k *store.Contact, why string) {
	why = skipNoAddress
	if c == dunning.ChannelSMS {
		why = skipNoMobile
	}
	for _, k := range byRank(contacts, invoice) {
		switch {
		case c == dunning.ChannelEmail && k.Email == "", c == dunning.ChannelSMS && k.Mobile == "":
		case c == dunning.ChannelSMS && !k.MobileBilling:
			if why == skipNoMobile {
				why = skipNotForBilling
			}
		case c == dunning.ChannelEmail && dead(contacts, k.Email, ""):
			why = skipAddressFailed
		case c == dunning.ChannelSMS && dead(contacts, "", k.Mobile):
			why = skipNumberFailed
		default:
			return k, ""
		}
	}
	return nil, why
}

// byRank sorts the contacts that may be written to about an invoice: its own first.
func byRank(contacts []store.Contact, invoice uuid.UUID) []*store.Contact {
	var ranked []*store.Contact
	for i := range contacts {
		if k := &contacts[i]; k.InvoiceID != nil && *k.InvoiceID == invoice {
			ranked = append(ranked, k)
		}
	}
	for _, role := range addressRoles {
		for i := range contacts {
			if k := &contacts[i]; k.InvoiceID == nil && k.Role == role {
				ranked = append(ranked, k)
			}
		}
	}
	return ranked
}

// dead reports whether an address or a number failed at any of the contacts.
func dead(contacts []store.Contact, email, mobile string) bool {
	return slices.ContainsFunc(contacts, func(k store.Contact) bool {
		return (email != "" && k.EmailFailedAt != nil && strings.EqualFold(k.Email, email)) ||
			(mobile != "" && k.MobileFailedAt != nil && k.Mobile == mobile)
	})
}

// mayText reports whether the creditor lets text messages go to such a customer: businesses
// unless it says otherwise. A sole trader and a debtor of unknown kind count as consumers.
func mayText(cr *store.Creditor, kind dunning.DebtorKind) bool {
	if kind == dunning.KindSoleTrader || kind == dunning.KindUnknown {
		kind = dunning.KindConsumer
	}
	return slices.Contains(cr.SMSKinds, kind)
}

// recipient is whom the customer wants written to on a channel about the invoice.
func (a *acting) recipient(c dunning.Channel) (addressee, bool) {
	k, _ := a.pick(c)
	if k == nil {
		return addressee{}, false
	}
	to := addressee{contact: &k.ID, audience: audienceCustomer, name: k.Name, firstName: k.FirstName, address: k.Email, language: a.Customer.Language}
	if c == dunning.ChannelSMS {
		to.address = k.Mobile
	}
	return to, true
}

func (a *acting) pick(c dunning.Channel) (*store.Contact, string) {
	return a.pickFrom(a.sit.Contacts, c)
}

// pickFrom is pickContact after what the customer, and the creditor of its kind, wants.
func (f *caseFile) pickFrom(contacts []store.Contact, c dunning.Channel) (*store.Contact, string) {
	switch {
	case f.silenced(c):
		return nil, skipSilenced
	case c == dunning.ChannelSMS && !mayText(&f.Creditor, f.Customer.Kind):
		return nil, skipNotThisKind
	}
	return pickContact(contacts, f.Invoice.ID, c)
}

// noteSkipped says in the step's row why some of its channels carry no letter; what becomes
// of the others is recorded later.
func (a *acting) noteSkipped(letters []letter) map[dunning.Channel]store.ChannelResult {
	if !a.step.WritesToCustomer() {
		return nil
	}
	skipped := map[dunning.Channel]store.ChannelResult{}
	for _, c := range a.step.Channels {
		if a.triedForGood(c) || slices.ContainsFunc(letters, func(l letter) bool { return l.row.Channel == c && slices.Contains(l.about, a) }) {
			continue
		}
		_, why := a.pick(c)
		if why == "" {
			why = skipTooLong
		}
		skipped[c] = store.ChannelResult{Status: "skipped", Reason: why}
	}
	if len(skipped) > 0 {
		a.row.Channels = skipped
		a.touch(a.row)
	}
	return skipped
}
