package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// CustomerFilter selects customers; zero values select all.
type CustomerFilter struct {
	Creditor string
	Number   string
}

// FindCustomers lists customers in the order in which they were created.
func (s *Store) FindCustomers(ctx context.Context, scope Scope, f CustomerFilter, p Page) ([]Customer, error) {
	w := &where{}
	w.scope("creditor_id", scope)
	if f.Creditor != "" {
		w.add("creditor_id = $%d", f.Creditor)
	}
	if f.Number != "" {
		w.add("number = $%d", f.Number)
	}
	w.page("id", p)
	return list[Customer](ctx, s.pool, `select `+customerColumns+` from customer`+w.sql()+` order by id`+w.limit(p.Limit), w.args...)
}

// FindCustomer reads a customer.
func (s *Store) FindCustomer(ctx context.Context, scope Scope, id uuid.UUID) (Customer, error) {
	return one[Customer](ctx, s.pool, `select `+customerColumns+` from customer where id = $1 and ($2::text[] is null or creditor_id = any($2))`,
		id, scope.filter())
}

// FindContacts lists a customer's contacts, without those that its invoices name.
func (s *Store) FindContacts(ctx context.Context, customer uuid.UUID) ([]Contact, error) {
	return list[Contact](ctx, s.pool, `select `+contactColumns+` from contact where customer_id = $1 and invoice_id is null order by id`, customer)
}

// FindContact reads a contact.
func (s *Store) FindContact(ctx context.Context, scope Scope, id uuid.UUID) (Contact, error) {
	return one[Contact](ctx, s.pool, `select `+qualified("k", contactColumns)+` from contact k join customer c on c.id = k.customer_id
		where k.id = $1 and ($2::text[] is null or c.creditor_id = any($2))`, id, scope.filter())
}

// CustomerHolds lists the active holds on a customer as a whole.
func (s *Store) CustomerHolds(ctx context.Context, customer uuid.UUID) ([]Hold, error) {
	return list[Hold](ctx, s.pool, `select `+holdColumns+` from hold where customer_id = $1 and invoice_id is null and released_at is null order by id`, customer)
}

// InsertCustomer adds a customer with its contacts. If the creditor's number is taken,
// nothing is written and the answer is that customer with its contacts.
func (s *Store) InsertCustomer(ctx context.Context, c Customer, contacts []Contact) (known *Customer, knownContacts []Contact, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		known, knownContacts = nil, nil
		tag, err := tx.Exec(ctx, `insert into customer (`+customerColumns+`)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
			on conflict (creditor_id, number) do nothing`, customerArgs(c)...)
		if err != nil {
			return fmt.Errorf("insert customer: %w", err)
		}
		if tag.RowsAffected() == 0 {
			row, err := one[Customer](ctx, tx, `select `+customerColumns+` from customer where creditor_id = $1 and number = $2`, c.CreditorID, c.Number)
			if err != nil {
				return fmt.Errorf("read customer: %w", err)
			}
			known = &row
			knownContacts, err = list[Contact](ctx, tx, `select `+contactColumns+` from contact where customer_id = $1 and invoice_id is null order by id`, row.ID)
			return err
		}
		for _, k := range contacts {
			if err := tx.SaveContact(ctx, k); err != nil {
				return err
			}
		}
		return nil
	})
	return known, knownContacts, err
}

func customerArgs(c Customer) []any {
	return []any{
		c.ID, c.CreditorID, c.Number, c.LegalName, c.Kind, c.RegistrationNumber, c.VATNumber, c.EndpointScheme, c.EndpointID, c.ParentID,
		c.PayingPartyID, c.Insurer, c.InsurerCollector, c.Language, c.Country, c.Region, c.Zone, c.Street, c.Postcode, c.City, c.Segment, c.Policy,
		c.AccountManagerID, c.NoChaseReason, c.NoChaseBy, c.NoChaseReviewOn, c.CreatedAt, c.PaymentRun,
	}
}

// UpdateCustomer writes a customer's master data: not its number, its creditor or its
// do-not-chase.
func (s *Store) UpdateCustomer(ctx context.Context, c Customer) error {
	_, err := s.pool.Exec(ctx, `update customer set legal_name = $2, kind = $3, registration_number = $4, vat_number = $5, endpoint_scheme = $6,
		endpoint_id = $7, parent_id = $8, paying_party_id = $9, insurer = $10, insurer_collector = $11, language = $12, country = $13, region = $14,
		zone = $15, street = $16, postcode = $17, city = $18, segment = $19, policy = $20, account_manager_id = $21,
		payment_run = $22 where id = $1`,
		c.ID, c.LegalName, c.Kind, c.RegistrationNumber, c.VATNumber, c.EndpointScheme, c.EndpointID, c.ParentID, c.PayingPartyID, c.Insurer,
		c.InsurerCollector, c.Language, c.Country, c.Region, c.Zone, c.Street, c.Postcode, c.City, c.Segment, c.Policy, c.AccountManagerID, c.PaymentRun)
	if err != nil {
		return fmt.Errorf("update customer %s: %w", c.ID, err)
	}
	return nil
}

// CustomerReferences says which references of a customer point at rows of the same
// creditor; a nil one is fine.
func (s *Store) CustomerReferences(ctx context.Context, creditor string, parent, payer, manager *uuid.UUID) (parentOK, payerOK, managerOK bool, err error) {
	err = s.pool.QueryRow(ctx, `select $2::uuid is null or exists (select 1 from customer where id = $2 and creditor_id = $1),
		$3::uuid is null or exists (select 1 from customer where id = $3 and creditor_id = $1),
		$4::uuid is null or exists (select 1 from account_manager where id = $4 and creditor_id = $1)`, creditor, parent, payer, manager).
		Scan(&parentOK, &payerOK, &managerOK)
	if err != nil {
		return false, false, false, fmt.Errorf("check references of customer: %w", err)
	}
	return parentOK, payerOK, managerOK, nil
}

// CustomerIDs are the numbers by which an e-invoice's buyer is recognised.
type CustomerIDs struct {
	Number             string // the creditor's own number; if given, nothing else counts
	EndpointScheme     string
	EndpointID         string
	VATNumber          string
	RegistrationNumber string
}

// ErrAmbiguous is returned when several customers bear one number.
var ErrAmbiguous = errors.New("several customers match")

// idForm strips what people write between the characters of a number.
const idForm = `upper(regexp_replace(%s, '[\s.\-]', '', 'g'))`

// matchRules are tried in order; the first that finds a customer decides. The plain
// comparison takes the index; the second one forgives spaces, dots and dashes.
var matchRules = []struct{ column, key string }{ //nolint:gochecknoglobals // a table of rules
	{"endpoint_id", "endpoint"}, {"vat_number", "vat"}, {"registration_number", "registration"},
}

// MatchCustomer finds the customer of an e-invoice's buyer: by the creditor's number if
// one is given, else by endpoint, VAT number and registration number, in this order.
// The error is ErrNotFound, or ErrAmbiguous if a number belongs to several.
func (s *Store) MatchCustomer(ctx context.Context, creditor string, ids CustomerIDs) (uuid.UUID, error) {
	if ids.Number != "" {
		row, err := one[struct{ ID uuid.UUID }](ctx, s.pool, `select id from customer where creditor_id = $1 and number = $2`, creditor, ids.Number)
		return row.ID, err
	}
	value := map[string]string{"endpoint": ids.EndpointID, "vat": ids.VATNumber, "registration": ids.RegistrationNumber}
	for _, rule := range matchRules {
		if value[rule.key] == "" || (rule.key == "endpoint" && ids.EndpointScheme == "") {
			continue
		}
		found, err := s.matchOne(ctx, creditor, rule.column, value[rule.key], ids.EndpointScheme)
		if err != nil || found != uuid.Nil {
			return found, err
		}
	}
	return uuid.Nil, ErrNotFound
}

func (s *Store) matchOne(ctx context.Context, creditor, column, value, scheme string) (uuid.UUID, error) {
	sql := `select id from customer where creditor_id = $1 and ` + column + ` <> '' and (` + column + ` = $2 or ` +
		strings.ReplaceAll(idForm, "%s", column) + ` = ` + strings.ReplaceAll(idForm, "%s", "$2") + `)`
	args := []any{creditor, value}
	if column == "endpoint_id" {
		sql += ` and endpoint_scheme = $3`
		args = append(args, scheme)
	}
	rows, err := s.pool.Query(ctx, sql+` limit 2`, args...)
	if err != nil {
		return uuid.Nil, fmt.Errorf("match customer: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	switch {
	case err != nil:
		return uuid.Nil, fmt.Errorf("match customer: %w", err)
	case len(found) == 0:
		return uuid.Nil, nil
	case len(found) > 1:
		return uuid.Nil, ErrAmbiguous
	}
	return found[0], nil
}
