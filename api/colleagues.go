package api

import (
	"context"

	"maan/internal/store"
)

// CreateAccountManager adds a colleague to whom cases escalate.
func (s *server) CreateAccountManager(ctx context.Context, r CreateAccountManagerRequestObject) (CreateAccountManagerResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	if _, err := s.store.FindCreditor(ctx, who.scope, r.Creditor); err != nil {
		return nil, err
	}
	var bad faults
	if in.AbsentFrom == nil && in.AbsentUntil != nil {
		bad.add("absent_from", "missing", "say when the absence begins")
	}
	if in.AbsentFrom != nil && in.AbsentUntil != nil && in.AbsentUntil.Before(*in.AbsentFrom) {
		bad.add("absent_until", "before_begin", "the absence ends before it begins")
	}
	if _, _, known, err := s.store.CustomerReferences(ctx, r.Creditor, nil, nil, in.SubstituteID); err != nil {
		return nil, err
	} else if !known {
		bad.add("substitute_id", "unknown_account_manager", "this creditor has no such account manager")
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	m := store.AccountManager{
		ID: store.NewID(), CreditorID: r.Creditor, Name: in.Name, Email: in.Email, Phone: in.Phone, SubstituteID: in.SubstituteID,
		AbsentFrom: in.AbsentFrom, AbsentUntil: in.AbsentUntil, CreatedAt: who.now,
	}
	if err := s.store.InsertAccountManager(ctx, m); err != nil {
		return nil, err
	}
	return CreateAccountManager201JSONResponse(accountManagerOf(m)), nil
}

// ListAccountManagers lists a creditor's.
func (s *server) ListAccountManagers(ctx context.Context, r ListAccountManagersRequestObject) (ListAccountManagersResponseObject, error) {
	if _, err := s.store.FindCreditor(ctx, callerOf(ctx).scope, r.Creditor); err != nil {
		return nil, err
	}
	rows, err := s.store.FindAccountManagers(ctx, r.Creditor)
	return ListAccountManagers200JSONResponse{Items: each(rows, accountManagerOf)}, err
}

func accountManagerOf(m store.AccountManager) AccountManager {
	return AccountManager{
		ID: m.ID, Creditor: m.CreditorID, Name: m.Name, Email: m.Email, Phone: m.Phone, SubstituteID: m.SubstituteID,
		AbsentFrom: m.AbsentFrom, AbsentUntil: m.AbsentUntil, CreatedAt: m.CreatedAt,
	}
}

// CreateAgency adds a collection agency.
func (s *server) CreateAgency(ctx context.Context, r CreateAgencyRequestObject) (CreateAgencyResponseObject, error) {
	who, in := callerOf(ctx), r.Body
	if !who.scope.All {
		return nil, refused(kindForbidden, "Agencies are shared: they are added with a key for all creditors.")
	}
	a := store.Agency{
		ID: store.NewID(), Name: in.Name, Country: in.Country, RegistrationNumber: in.RegistrationNumber, Email: in.Email,
		Language: in.Language, CreatedAt: who.now,
	}
	if a.Language == "" {
		a.Language = "en"
	}
	if err := s.store.InsertAgency(ctx, a); err != nil {
		return nil, err
	}
	return CreateAgency201JSONResponse(agencyOf(a)), nil
}

// ListAgencies lists all.
func (s *server) ListAgencies(ctx context.Context, _ ListAgenciesRequestObject) (ListAgenciesResponseObject, error) {
	rows, err := s.store.FindAgencies(ctx)
	return ListAgencies200JSONResponse{Items: each(rows, agencyOf)}, err
}

func agencyOf(a store.Agency) Agency {
	return Agency{
		ID: a.ID, Name: a.Name, Country: a.Country, RegistrationNumber: a.RegistrationNumber, Email: a.Email, Language: a.Language, CreatedAt: a.CreatedAt,
	}
}
