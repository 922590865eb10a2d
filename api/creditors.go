package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/email"
	"maan/internal/reference"
	"maan/internal/store"
)

const standardSmallBalance = 1500

// CreateCreditor adds a creditor in shadow mode.
func (s *server) CreateCreditor(ctx context.Context, r CreateCreditorRequestObject) (CreateCreditorResponseObject, error) {
	who := callerOf(ctx)
	if !who.scope.All {
		return nil, refused(kindForbidden, "A creditor is created with a key for all creditors.")
	}
	row := creditorRow(r.Body)
	row.ID, row.Mode, row.CreatedAt = r.Body.ID, dunning.ModeShadow, who.now
	if err := s.checkCreditor(ctx, &row); err != nil {
		return nil, err
	}
	fresh, err := s.store.InsertCreditor(ctx, row)
	if err != nil {
		return nil, err
	}
	if fresh {
		return CreateCreditor201JSONResponse(creditorOf(row)), nil
	}
	known, err := s.store.FindCreditor(ctx, who.scope, row.ID)
	if err != nil {
		return nil, err
	}
	row.Mode, row.Stopped, row.CreatedAt = known.Mode, known.Stopped, known.CreatedAt
	if !sameCreditor(row, known) {
		return nil, &problem{kind: kindConflict, detail: "Change the creditor with PATCH, or choose another id.", faults: []Fault{
			{Field: "id", Code: "id_taken", Detail: "a creditor with this id exists with other content"},
		}}
	}
	return CreateCreditor200JSONResponse(creditorOf(known)), nil
}

func sameCreditor(a, b store.Creditor) bool {
	sameAgency := value(a.AgencyID) == value(b.AgencyID)
	a.AgencyID, b.AgencyID, a.CreatedAt, b.CreatedAt = nil, nil, time.Time{}, time.Time{}
	sameAccounts := slices.Equal(a.BankAccounts, b.BankAccounts)
	a.BankAccounts, b.BankAccounts, a.PaymentsKnownUntil, b.PaymentsKnownUntil = nil, nil, nil, nil
	return sameAgency && sameAccounts && reflect.DeepEqual(a, b)
}

// creditorRow is the master data of a request.
func creditorRow(in *CreditorInput) store.Creditor {
	c := store.Creditor{
		ID: in.ID, Name: in.Name, RegistrationNumber: in.RegistrationNumber, VATNumber: in.VATNumber, EndpointScheme: in.EndpointScheme,
		EndpointID: in.EndpointID, Street: in.Street, Postcode: in.Postcode, City: in.City, Country: in.Country, Region: in.Region, Zone: in.Zone,
		Language: in.Language, IBAN: in.IBAN, AccountName: in.AccountName, SenderName: in.SenderName, SenderEmail: in.SenderEmail,
		ReplyTo: in.ReplyTo, Phone: in.Phone, ContactName: in.ContactName, Website: in.Website, LogoURL: in.LogoURL, PaymentsBy: in.PaymentsBy,
		Policy: in.Policy, AgencyID: in.AgencyID, SmallBalanceMinor: standardSmallBalance,
		ClaimSettings: claimSettings(in), BankSettings: bankSettings(in), ContactSettings: contactSettings(in),
	}
	if in.SmallBalanceMinor != nil {
		c.SmallBalanceMinor = *in.SmallBalanceMinor
	}
	if c.PaymentsBy == "" {
		c.PaymentsBy = "erp"
	}
	if c.Policy == "" {
		c.Policy = dunning.PolicyStandard
	}
	return c
}

// contactSettings are the settings of a request, with the standard ones where it is silent.
func contactSettings(in *CreditorInput) store.ContactSettings {
	c := store.ContactSettings{SMSKinds: in.SmsKinds, DigestEmail: in.DigestEmail, WeeklyContacts: dunning.StandardWeeklyCap}
	if in.WeeklyContacts != nil {
		c.WeeklyContacts = *in.WeeklyContacts
	}
	if c.SMSKinds == nil {
		c.SMSKinds = []dunning.DebtorKind{dunning.KindBusiness}
	}
	return c
}

// checkCreditor checks what the contract's forms cannot say, and brings the IBAN into
// its canonical form.
func (s *server) checkCreditor(ctx context.Context, c *store.Creditor) error {
	var bad faults
	bad.zone("zone", c.Zone)
	for field, address := range map[string]string{"sender_email": c.SenderEmail, "reply_to": c.ReplyTo, "phone": c.Phone} {
		if address == "" {
			bad.add(field, "missing", "every message names it; it must not be empty")
		}
	}
	if c.IBAN != "" {
		iban, err := reference.CheckIBAN(c.IBAN)
		if err != nil {
			bad.add("iban", "invalid_iban", "%s", err.Error())
		}
		c.IBAN = iban
		if c.AccountName == "" {
			bad.add("account_name", "missing", "give the account's name exactly as the bank knows it")
		}
	}
	bad.accounts("bank_accounts", c.BankAccounts)
	if c.DigestEmail != "" && !email.ValidAddress(c.DigestEmail) {
		bad.add("digest_email", "invalid_address", "give one bare e-mail address, such as finance@example.org")
	}
	if published, err := s.store.PolicyPublished(ctx, c.Policy); err != nil {
		return err
	} else if !published {
		bad.add("policy", "unknown_policy", "no policy of this name is published")
	}
	if c.AgencyID != nil {
		if _, err := s.store.FindAgency(ctx, *c.AgencyID); errors.Is(err, store.ErrNotFound) {
			bad.add("agency_id", "unknown_agency", "there is no such agency")
		} else if err != nil {
			return err
		}
	}
	return bad.err()
}

// zone checks the name of a time zone; empty is left to the caller.
func (f *faults) zone(field, name string) {
	if name == "" {
		return
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		f.add(field, "unknown_zone", "give an IANA name such as Europe/Amsterdam")
	}
}

// ListCreditors lists what the key covers.
func (s *server) ListCreditors(ctx context.Context, r ListCreditorsRequestObject) (ListCreditorsResponseObject, error) {
	after, err := base64.RawURLEncoding.DecodeString(r.Params.Cursor)
	if err != nil || (len(after) > 0 && !slugForm.Match(after)) {
		return nil, badCursor()
	}
	length := pageLength(r.Params.Limit)
	rows, err := s.store.FindCreditors(ctx, callerOf(ctx).scope, string(after), length+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(rows) > length {
		rows = rows[:length]
		next = base64.RawURLEncoding.EncodeToString([]byte(rows[length-1].ID))
	}
	return ListCreditors200JSONResponse{Items: each(rows, creditorOf), NextCursor: next}, nil
}

// GetCreditor reads one.
func (s *server) GetCreditor(ctx context.Context, r GetCreditorRequestObject) (GetCreditorResponseObject, error) {
	c, err := s.store.FindCreditor(ctx, callerOf(ctx).scope, r.Creditor)
	if err != nil {
		return nil, err
	}
	return GetCreditor200JSONResponse(creditorOf(c)), nil
}

// UpdateCreditor lays the request over what is known.
func (s *server) UpdateCreditor(ctx context.Context, r UpdateCreditorRequestObject) (UpdateCreditorResponseObject, error) {
	known, err := s.store.FindCreditor(ctx, callerOf(ctx).scope, r.Creditor)
	if err != nil {
		return nil, err
	}
	var merged CreditorInput
	if err := overlay(creditorOf(known), bodyOf(ctx), &merged); err != nil {
		return nil, err
	}
	row := creditorRow(&merged)
	row.ID, row.Mode, row.Stopped, row.CreatedAt = known.ID, known.Mode, known.Stopped, known.CreatedAt
	row.PaymentsKnownUntil = known.PaymentsKnownUntil
	if err := s.checkCreditor(ctx, &row); err != nil {
		return nil, err
	}
	if err := s.store.UpdateCreditor(ctx, row); err != nil {
		return nil, err
	}
	return UpdateCreditor200JSONResponse(creditorOf(row)), nil
}

// overlay lays the members of a JSON body over a known value (RFC 7396 for flat
// objects): absent members stay, null empties.
func overlay(known any, body []byte, merged any) error {
	base, err := json.Marshal(known)
	if err != nil {
		return fmt.Errorf("encode known value: %w", err)
	}
	if err := json.Unmarshal(base, merged); err != nil {
		return fmt.Errorf("read known value: %w", err)
	}
	if err := json.Unmarshal(body, merged); err != nil {
		return refused(kindValidation, "The body does not have the form that the contract asks for.")
	}
	return nil
}

// SetCreditorMode changes how far the product is trusted.
func (s *server) SetCreditorMode(ctx context.Context, r SetCreditorModeRequestObject) (SetCreditorModeResponseObject, error) {
	who := callerOf(ctx)
	cases, err := s.service.SetMode(ctx, who.scope, who.now, who.actor, r.Creditor, r.Body.Mode, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	change, err := s.creditorChange(ctx, r.Creditor, cases, nil)
	return SetCreditorMode200JSONResponse(change), err
}

// StopCreditor throws the stop switch.
func (s *server) StopCreditor(ctx context.Context, r StopCreditorRequestObject) (StopCreditorResponseObject, error) {
	who := callerOf(ctx)
	leaving, err := s.service.Stop(ctx, who.scope, who.now, who.actor, r.Creditor)
	if err != nil {
		return nil, err
	}
	change, err := s.creditorChange(ctx, r.Creditor, 0, leaving)
	return StopCreditor200JSONResponse(change), err
}

// ResumeCreditor lifts the stop switch.
func (s *server) ResumeCreditor(ctx context.Context, r ResumeCreditorRequestObject) (ResumeCreditorResponseObject, error) {
	who := callerOf(ctx)
	cases, err := s.service.Resume(ctx, who.scope, who.now, who.actor, r.Creditor)
	if err != nil {
		return nil, err
	}
	change, err := s.creditorChange(ctx, r.Creditor, cases, nil)
	return ResumeCreditor200JSONResponse(change), err
}

func (s *server) creditorChange(ctx context.Context, creditor string, cases int, leaving []uuid.UUID) (CreditorChange, error) {
	c, err := s.store.FindCreditor(ctx, callerOf(ctx).scope, creditor)
	return CreditorChange{
		Creditor: creditor, Mode: c.Mode, Stopped: c.Stopped, Cases: cases, Leaving: append([]uuid.UUID{}, leaving...),
	}, err
}

// SetCreditorHolidays replaces the creditor's own list.
func (s *server) SetCreditorHolidays(ctx context.Context, r SetCreditorHolidaysRequestObject) (SetCreditorHolidaysResponseObject, error) {
	if _, err := s.store.FindCreditor(ctx, callerOf(ctx).scope, r.Creditor); err != nil {
		return nil, err
	}
	type key struct{ country, date string }
	seen := map[key]bool{}
	var bad faults
	days := make([]store.Holiday, 0, len(r.Body.Holidays))
	for i, h := range r.Body.Holidays {
		k := key{h.Country, h.Date.String()}
		if seen[k] {
			bad.add(fmt.Sprintf("holidays.%d", i), "repeated", "the country and date stand in the list twice")
		}
		seen[k] = true
		days = append(days, store.Holiday{Country: h.Country, Day: h.Date, Holiday: h.Holiday, Name: h.Name})
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	if err := s.store.ReplaceHolidays(ctx, r.Creditor, days); err != nil {
		return nil, err
	}
	return SetCreditorHolidays200JSONResponse{Holidays: append([]Holiday{}, r.Body.Holidays...)}, nil
}

func creditorOf(c store.Creditor) Creditor {
	out := Creditor{
		ID: c.ID, Name: c.Name, RegistrationNumber: c.RegistrationNumber, VATNumber: c.VATNumber, EndpointScheme: c.EndpointScheme,
		EndpointID: c.EndpointID, Street: c.Street, Postcode: c.Postcode, City: c.City, Country: c.Country, Region: c.Region, Zone: c.Zone,
		Language: c.Language, IBAN: c.IBAN, AccountName: c.AccountName, SenderName: c.SenderName, SenderEmail: c.SenderEmail, ReplyTo: c.ReplyTo,
		Phone: c.Phone, ContactName: c.ContactName, Website: c.Website, LogoURL: c.LogoURL, PaymentsBy: c.PaymentsBy, Policy: c.Policy,
		AgencyID: c.AgencyID, SmallBalanceMinor: c.SmallBalanceMinor, Mode: c.Mode, Stopped: c.Stopped, CreatedAt: c.CreatedAt,
	}
	out.showClaimSettings(c.ClaimSettings)
	out.showBankSettings(c.BankSettings)
	out.DigestEmail = c.DigestEmail
	out.PaymentsKnownUntil, out.SmsKinds = c.PaymentsKnownUntil, append([]dunning.DebtorKind{}, c.SMSKinds...)
	out.WeeklyContacts = c.WeeklyContacts
	return out
}
