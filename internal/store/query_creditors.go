package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
)

// FindCreditors lists creditors by id, after the given one.
func (s *Store) FindCreditors(ctx context.Context, scope Scope, after string, limit int) ([]Creditor, error) {
	return list[Creditor](ctx, s.pool, `select `+creditorColumns+` from creditor where id > $1 and ($2::text[] is null or id = any($2)) order by id limit $3`,
		after, scope.filter(), limit)
}

// FindCreditor reads a creditor.
func (s *Store) FindCreditor(ctx context.Context, scope Scope, id string) (Creditor, error) {
	if !scope.Covers(id) {
		return Creditor{}, ErrNotFound
	}
	return one[Creditor](ctx, s.pool, `select `+creditorColumns+` from creditor where id = $1`, id)
}

// InsertCreditor adds a creditor; false if its id is taken, and nothing is written then.
func (s *Store) InsertCreditor(ctx context.Context, c Creditor) (bool, error) {
	tag, err := s.pool.Exec(ctx, `insert into creditor (`+creditorColumns+`)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29,
			$30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47)
		on conflict (id) do nothing`,
		c.ID, c.Name, c.RegistrationNumber, c.VATNumber, c.EndpointScheme, c.EndpointID, c.Street, c.Postcode, c.City, c.Country, c.Region, c.Zone,
		c.Language, c.IBAN, c.AccountName, c.SenderName, c.SenderEmail, c.ReplyTo, c.Phone, c.ContactName, c.Website, c.LogoURL, c.Mode, c.Stopped,
		c.PaymentsBy, c.Policy, c.AgencyID, c.SmallBalanceMinor, c.CreatedAt, c.AutoKnownAccount, c.OldestFirst, c.RoundingToleranceMinor,
		c.MaxReturnFeeMinor, c.FreshPaymentsRequired, accounts(c.BankAccounts), c.PaymentsKnownUntil, kinds(c.SMSKinds), c.DigestEmail, c.WeeklyContacts, c.Claims, c.ClaimThresholdMinor, c.NLConsumerRules, c.BEConsumerRules,
		c.Allocation, c.DayCount, c.VATNotDeductible, c.VATStated)
	if err != nil {
		return false, fmt.Errorf("insert creditor %s: %w", c.ID, err)
	}
	return tag.RowsAffected() == 1, nil
}

// UpdateCreditor writes a creditor's master data: not its mode and its stop switch.
func (s *Store) UpdateCreditor(ctx context.Context, c Creditor) error {
	_, err := s.pool.Exec(ctx, `update creditor set name = $2, registration_number = $3, vat_number = $4, endpoint_scheme = $5, endpoint_id = $6,
		street = $7, postcode = $8, city = $9, country = $10, region = $11, zone = $12, language = $13, iban = $14, account_name = $15,
		sender_name = $16, sender_email = $17, reply_to = $18, phone = $19, contact_name = $20, website = $21, logo_url = $22, payments_by = $23,
		policy = $24, agency_id = $25, small_balance_minor = $26, auto_known_account = $27, oldest_first = $28, rounding_tolerance_minor = $29,
		max_return_fee_minor = $30, fresh_payments_required = $31, claims = $32, claim_threshold_minor = $33, nl_consumer_rules = $34,
		be_consumer_rules = $35, allocation = $36, day_count = $37, vat_not_deductible = $38, vat_stated = $39, bank_accounts = $40,
		sms_kinds = $41, digest_email = $42, weekly_contacts = $43 where id = $1`,
		c.ID, c.Name, c.RegistrationNumber, c.VATNumber, c.EndpointScheme, c.EndpointID, c.Street, c.Postcode, c.City, c.Country, c.Region, c.Zone,
		c.Language, c.IBAN, c.AccountName, c.SenderName, c.SenderEmail, c.ReplyTo, c.Phone, c.ContactName, c.Website, c.LogoURL, c.PaymentsBy,
		c.Policy, c.AgencyID, c.SmallBalanceMinor, c.AutoKnownAccount, c.OldestFirst, c.RoundingToleranceMinor, c.MaxReturnFeeMinor,
		c.FreshPaymentsRequired, c.Claims, c.ClaimThresholdMinor, c.NLConsumerRules, c.BEConsumerRules, c.Allocation, c.DayCount, c.VATNotDeductible,
		c.VATStated, accounts(c.BankAccounts), kinds(c.SMSKinds), c.DigestEmail, c.WeeklyContacts)
	if err != nil {
		return fmt.Errorf("update creditor %s: %w", c.ID, err)
	}
	return nil
}

// kinds writes none as an empty list.
func kinds(list []dunning.DebtorKind) []string {
	texts := make([]string, len(list))
	for i, k := range list {
		texts[i] = string(k)
	}
	return texts
}

// accounts writes none as an empty list.
func accounts(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Holiday is a creditor's own word about a date in a country.
type Holiday struct {
	Country string
	Day     calendar.Date
	Holiday bool
	Name    string
}

// ReplaceHolidays writes a creditor's whole list.
func (s *Store) ReplaceHolidays(ctx context.Context, creditor string, days []Holiday) error {
	return s.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.exec(ctx, "clear holidays", `delete from creditor_holiday where creditor_id = $1`, creditor); err != nil {
			return err
		}
		for _, d := range days {
			if err := tx.exec(ctx, "insert holiday", `insert into creditor_holiday (creditor_id, country, day, holiday, name) values ($1, $2, $3, $4, $5)`,
				creditor, d.Country, d.Day, d.Holiday, d.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

// FindAccountManagers lists a creditor's account managers by name.
func (s *Store) FindAccountManagers(ctx context.Context, creditor string) ([]AccountManager, error) {
	return list[AccountManager](ctx, s.pool, `select `+accountManagerColumns+` from account_manager where creditor_id = $1 order by name, id`, creditor)
}

// InsertAccountManager adds an account manager.
func (s *Store) InsertAccountManager(ctx context.Context, m AccountManager) error {
	_, err := s.pool.Exec(ctx, `insert into account_manager (`+accountManagerColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		m.ID, m.CreditorID, m.Name, m.Email, m.Phone, m.SubstituteID, m.AbsentFrom, m.AbsentUntil, m.CreatedAt)
	if err != nil {
		return fmt.Errorf("insert account manager: %w", err)
	}
	return nil
}

// FindAgencies lists the agencies by name.
func (s *Store) FindAgencies(ctx context.Context) ([]Agency, error) {
	return list[Agency](ctx, s.pool, `select `+agencyColumns+` from agency order by name, id`)
}

// FindAgency reads an agency.
func (s *Store) FindAgency(ctx context.Context, id uuid.UUID) (Agency, error) {
	return one[Agency](ctx, s.pool, `select `+agencyColumns+` from agency where id = $1`, id)
}

// InsertAgency adds an agency.
func (s *Store) InsertAgency(ctx context.Context, a Agency) error {
	_, err := s.pool.Exec(ctx, `insert into agency (`+agencyColumns+`) values ($1, $2, $3, $4, $5, $6, $7)`,
		a.ID, a.Name, a.Country, a.RegistrationNumber, a.Email, a.Language, a.CreatedAt)
	if err != nil {
		return fmt.Errorf("insert agency: %w", err)
	}
	return nil
}
