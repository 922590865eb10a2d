package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/store"
)

// CreateCustomer adds a customer with its contacts.
func (s *server) CreateCustomer(ctx context.Context, r CreateCustomerRequestObject) (CreateCustomerResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	creditor, err := s.store.FindCreditor(ctx, who.scope, in.Creditor)
	if err != nil {
		return nil, err
	}
	row := customerRow(in)
	row.ID, row.CreatedAt = store.NewID(), who.now
	if row.Language == "" {
		row.Language = creditor.Language
	}
	contacts := each(in.Contacts, func(c ContactInput) store.Contact { return contactRow(c, row.ID, who.now) })
	if err := s.checkCustomer(ctx, row, contacts); err != nil {
		return nil, err
	}
	known, knownContacts, err := s.store.InsertCustomer(ctx, row, contacts)
	switch {
	case err != nil:
		return nil, err
	case known == nil:
		return CreateCustomer201JSONResponse(withContacts(customerOf(row), contacts)), nil
	case sameCustomer(row, *known) && sameContacts(contacts, knownContacts):
		return CreateCustomer200JSONResponse(withContacts(customerOf(*known), knownContacts)), nil
	}
	return nil, &problem{kind: kindConflict, detail: "Change the customer with PATCH, or give it its own number.", faults: []Fault{
		{Field: "number", Code: "number_taken", Detail: "a customer with this number exists with other content"},
	}}
}

func customerRow(in *CustomerInput) store.Customer {
	return store.Customer{
		CreditorID: in.Creditor, Number: in.Number, LegalName: in.LegalName, Kind: in.Kind, RegistrationNumber: in.RegistrationNumber,
		VATNumber: in.VATNumber, EndpointScheme: in.EndpointScheme, EndpointID: in.EndpointID, ParentID: in.ParentID, PayingPartyID: in.PayingPartyID,
		Insurer: in.Insurer, InsurerCollector: in.InsurerCollector, Language: in.Language, Country: in.Country, Region: in.Region, Zone: in.Zone,
		Street: in.Street, Postcode: in.Postcode, City: in.City, Segment: in.Segment, Policy: in.Policy, AccountManagerID: in.AccountManagerID,
		PaymentRun: in.PaymentRun,
	}
}

func contactRow(in ContactInput, customer uuid.UUID, now time.Time) store.Contact {
	return store.Contact{
		ID: store.NewID(), CustomerID: customer, Role: in.Role, Name: in.Name, FirstName: in.FirstName, Email: in.Email, Phone: in.Phone,
		Mobile: in.Mobile, MobileBilling: in.MobileBilling, CreatedAt: now,
	}
}

// checkCustomer checks what the contract's forms cannot say, and brings the contacts'
// numbers into one form.
func (s *server) checkCustomer(ctx context.Context, c store.Customer, contacts []store.Contact) error {
	var bad faults
	bad.zone("zone", c.Zone)
	if c.Policy != "" {
		if published, err := s.store.PolicyPublished(ctx, c.Policy); err != nil {
			return err
		} else if !published {
			bad.add("policy", "unknown_policy", "no policy of this name is published")
		}
	}
	parent, payer, manager, err := s.store.CustomerReferences(ctx, c.CreditorID, c.ParentID, c.PayingPartyID, c.AccountManagerID)
	if err != nil {
		return err
	}
	if !parent {
		bad.add("parent_id", "unknown_customer", "this creditor has no such customer")
	}
	if !payer {
		bad.add("paying_party_id", "unknown_customer", "this creditor has no such customer")
	}
	if !manager {
		bad.add("account_manager_id", "unknown_account_manager", "this creditor has no such account manager")
	}
	for i := range contacts {
		bad.contact(fmt.Sprintf("contacts.%d.", i), collection.CheckContact(&contacts[i], c.Country))
	}
	return bad.err()
}

// contact adds the faults of a contact under a prefix.
func (f *faults) contact(prefix string, err error) {
	if r, ok := collection.AsRefusal(err); ok {
		for _, fault := range r.Faults {
			f.add(prefix+fault.Field, fault.Code, "%s", fault.Message)
		}
	}
}

// sameCustomer compares what a request can say of a customer.
func sameCustomer(a, b store.Customer) bool {
	plain := func(c store.Customer) store.Customer {
		c.ID, c.CreatedAt, c.ParentID, c.PayingPartyID, c.AccountManagerID = uuid.Nil, time.Time{}, nil, nil, nil
		c.NoChaseReason, c.NoChaseBy, c.NoChaseReviewOn = nil, nil, nil
		return c
	}
	return plain(a) == plain(b) && value(a.ParentID) == value(b.ParentID) && value(a.PayingPartyID) == value(b.PayingPartyID) &&
		value(a.AccountManagerID) == value(b.AccountManagerID)
}

func sameContacts(a, b []store.Contact) bool {
	return slices.EqualFunc(a, b, func(x, y store.Contact) bool {
		return x.Role == y.Role && x.Name == y.Name && x.FirstName == y.FirstName && x.Email == y.Email && x.Phone == y.Phone &&
			x.Mobile == y.Mobile && x.MobileBilling == y.MobileBilling
	})
}

// ListCustomers lists customers without their contacts.
func (s *server) ListCustomers(ctx context.Context, r ListCustomersRequestObject) (ListCustomersResponseObject, error) {
	who := callerOf(ctx)
	if err := who.mayNarrow(r.Params.Creditor); err != nil {
		return nil, err
	}
	p, err := page(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.FindCustomers(ctx, who.scope, store.CustomerFilter{Creditor: r.Params.Creditor, Number: r.Params.Number}, p)
	if err != nil {
		return nil, err
	}
	rows, next := cut(rows, r.Params.Limit, func(c *store.Customer) uuid.UUID { return c.ID })
	return ListCustomers200JSONResponse{Items: each(rows, customerOf), NextCursor: next}, nil
}

// GetCustomer reads one with its contacts and pauses.
func (s *server) GetCustomer(ctx context.Context, r GetCustomerRequestObject) (GetCustomerResponseObject, error) {
	c, err := s.customer(ctx, r.ID)
	return GetCustomer200JSONResponse(c), err
}

func (s *server) customer(ctx context.Context, id uuid.UUID) (Customer, error) {
	row, err := s.store.FindCustomer(ctx, callerOf(ctx).scope, id)
	if err != nil {
		return Customer{}, err
	}
	contacts, err := s.store.FindContacts(ctx, id)
	if err != nil {
		return Customer{}, err
	}
	holds, err := s.store.CustomerHolds(ctx, id)
	if err != nil {
		return Customer{}, err
	}
	c := withContacts(customerOf(row), contacts)
	c.Holds = each(holds, holdOf)
	silences, err := s.store.Silences(ctx, id)
	c.Silenced = each(silences, silenceOf)
	return c, err
}

// UpdateCustomer lays the request over what is known.
func (s *server) UpdateCustomer(ctx context.Context, r UpdateCustomerRequestObject) (UpdateCustomerResponseObject, error) {
	known, err := s.store.FindCustomer(ctx, callerOf(ctx).scope, r.ID)
	if err != nil {
		return nil, err
	}
	var merged CustomerInput
	if err := overlay(customerOf(known), bodyOf(ctx), &merged); err != nil {
		return nil, err
	}
	row := customerRow(&merged)
	row.ID, row.CreditorID, row.Number = known.ID, known.CreditorID, known.Number
	if row.ParentID != nil && *row.ParentID == row.ID || row.PayingPartyID != nil && *row.PayingPartyID == row.ID {
		var bad faults
		bad.add("", "circular", "a customer is not its own parent and not its own paying party; leave that out")
		return nil, bad.err()
	}
	if err := s.checkCustomer(ctx, row, nil); err != nil {
		return nil, err
	}
	if err := s.store.UpdateCustomer(ctx, row); err != nil {
		return nil, err
	}
	if row.PaymentRun != known.PaymentRun {
		if _, err := s.service.PaymentRunChanged(ctx, callerOf(ctx).scope, callerOf(ctx).now, callerOf(ctx).actor, r.ID); err != nil {
			return nil, err
		}
	}
	c, err := s.customer(ctx, r.ID)
	return UpdateCustomer200JSONResponse(c), err
}

// CreateContact adds a contact; what failed for want of one is done again.
func (s *server) CreateContact(ctx context.Context, r CreateContactRequestObject) (CreateContactResponseObject, error) {
	who := callerOf(ctx)
	row := contactRow(*r.Body, r.ID, who.now)
	if _, err := s.store.FindCustomer(ctx, who.scope, r.ID); err != nil {
		return nil, err
	}
	contact, err := s.mendContact(ctx, row)
	return CreateContact201JSONResponse(contact), err
}

// UpdateContact lays the request over what is known.
func (s *server) UpdateContact(ctx context.Context, r UpdateContactRequestObject) (UpdateContactResponseObject, error) {
	known, err := s.store.FindContact(ctx, callerOf(ctx).scope, r.ID)
	if err != nil {
		return nil, err
	}
	var merged ContactInput
	if err := overlay(contactOf(known), bodyOf(ctx), &merged); err != nil {
		return nil, err
	}
	row := contactRow(merged, known.CustomerID, known.CreatedAt)
	row.ID = known.ID
	contact, err := s.mendContact(ctx, row)
	return UpdateContact200JSONResponse(contact), err
}

func (s *server) mendContact(ctx context.Context, row store.Contact) (Contact, error) {
	who := callerOf(ctx)
	if _, err := s.service.MendContact(ctx, who.scope, who.now, who.actor, row); err != nil {
		return Contact{}, err
	}
	saved, err := s.store.FindContact(ctx, who.scope, row.ID)
	return contactOf(saved), err
}

// GetCustomerCredit adds up what the creditor owes the customer.
func (s *server) GetCustomerCredit(ctx context.Context, r GetCustomerCreditRequestObject) (GetCustomerCreditResponseObject, error) {
	if _, err := s.store.FindCustomer(ctx, callerOf(ctx).scope, r.ID); err != nil {
		return nil, err
	}
	entries, err := s.store.CreditOf(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	answer := GetCustomerCredit200JSONResponse{CustomerID: r.ID, Credit: []Money{}, Entries: each(entries, entryOf)}
	for _, e := range entries {
		total, seen := int64(0), slices.ContainsFunc(answer.Credit, func(m Money) bool { return m.Currency == string(e.Currency) })
		if seen {
			continue
		}
		for _, other := range entries {
			if other.Currency == e.Currency {
				total -= other.AmountMinor
			}
		}
		answer.Credit = append(answer.Credit, moneyOf(total, e.Currency))
	}
	return answer, nil
}

func customerOf(c store.Customer) Customer {
	return Customer{
		ID: c.ID, Creditor: c.CreditorID, Number: c.Number, LegalName: c.LegalName, Kind: c.Kind, RegistrationNumber: c.RegistrationNumber,
		VATNumber: c.VATNumber, EndpointScheme: c.EndpointScheme, EndpointID: c.EndpointID, ParentID: c.ParentID, PayingPartyID: c.PayingPartyID,
		Insurer: c.Insurer, InsurerCollector: c.InsurerCollector, Language: c.Language, Country: c.Country, Region: c.Region, Zone: c.Zone,
		Street: c.Street, Postcode: c.Postcode, City: c.City, Segment: c.Segment, Policy: c.Policy, AccountManagerID: c.AccountManagerID, PaymentRun: c.PaymentRun,
		DoNotChase: doNotChaseOf(c.NoChaseReason, c.NoChaseBy, c.NoChaseReviewOn), CreatedAt: c.CreatedAt,
	}
}

func withContacts(c Customer, contacts []store.Contact) Customer {
	c.Contacts = each(contacts, contactOf)
	return c
}

func contactOf(c store.Contact) Contact {
	return Contact{
		ID: c.ID, Role: c.Role, Name: c.Name, FirstName: c.FirstName, Email: c.Email, Phone: c.Phone, Mobile: c.Mobile,
		MobileBilling: c.MobileBilling, EmailFailedAt: c.EmailFailedAt, MobileFailedAt: c.MobileFailedAt, CreatedAt: c.CreatedAt,
	}
}
