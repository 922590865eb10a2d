package collection

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/store"
)

// Debtor is what a file says of a customer. Without a name the customer must be known.
type Debtor struct {
	Number    string
	LegalName string
	Kind      dunning.DebtorKind
	Country   string
	Language  string // empty: as it is; of a new customer the creditor's
	Contacts  []store.Contact
}

// Debtors are the customers of a file, each number once.
type Debtors struct {
	Creditor string
	List     []Debtor
	// Overwrite says that the file is the truth about known customers too. Else they only
	// get a contact for a role in which they have none.
	Overwrite bool
	DryRun    bool
}

// PutDebtor is what became of a customer of a file.
type PutDebtor struct {
	Customer *store.Customer // nil: it is not known, and the file does not say enough to create it
	Created  bool
	Changed  bool // of a known one: its own data
	Contacts int  // of a known one: contacts that were added or mended
	Err      error
}

// PutDebtors creates and completes customers. A mended or a new address does again what
// failed for want of one, as [Service.MendContact] does.
func (s *Service) PutDebtors(ctx context.Context, scope store.Scope, now time.Time, actor Actor, d Debtors) (map[string]*PutDebtor, error) {
	creditor, err := s.store.FindCreditor(ctx, scope, d.Creditor)
	if err != nil {
		return nil, err
	}
	byNumber := map[string]*Debtor{}
	for i := range d.List {
		byNumber[d.List[i].Number] = &d.List[i]
	}
	numbers := slices.Sorted(maps.Keys(byNumber))
	known, contacts, err := s.store.CustomersByNumber(ctx, d.Creditor, numbers)
	if err != nil {
		return nil, err
	}
	put := map[string]*PutDebtor{}
	if err := s.createDebtors(ctx, &creditor, now, byNumber, known, put, d.DryRun); err != nil {
		return nil, err
	}
	for _, number := range numbers {
		if put[number] != nil {
			continue
		}
		p := &PutDebtor{Customer: known[number]}
		put[number] = p
		if p.Customer == nil {
			continue
		}
		c := debtorChange{service: s, scope: scope, now: now, actor: actor, dry: d.DryRun, put: p}
		if err := c.apply(ctx, byNumber[number], contacts[p.Customer.ID], d.Overwrite); err != nil {
			return nil, err
		}
	}
	return put, nil
}

// createDebtors adds those that are stated and not known. What somebody else created
// meanwhile is left as it is.
func (s *Service) createDebtors(ctx context.Context, creditor *store.Creditor, now time.Time, stated map[string]*Debtor,
	known map[string]*store.Customer, put map[string]*PutDebtor, dry bool,
) error {
	var rows []store.Customer
	contacts := map[uuid.UUID][]store.Contact{}
	for _, number := range slices.Sorted(maps.Keys(stated)) {
		d := stated[number]
		if known[number] != nil || d.LegalName == "" {
			continue
		}
		row := store.Customer{
			ID: store.NewID(), CreditorID: creditor.ID, Number: number, LegalName: d.LegalName, Kind: d.Kind, Country: d.Country,
			Language: d.Language, CreatedAt: now,
		}
		if row.Language == "" {
			row.Language = creditor.Language
		}
		p := &PutDebtor{Customer: &row, Created: true}
		for _, k := range d.Contacts {
			if err := CheckContact(&k, row.Country); err != nil {
				p.Err = err
				continue
			}
			k.ID, k.CustomerID, k.CreatedAt = store.NewID(), row.ID, now
			contacts[row.ID] = append(contacts[row.ID], k)
		}
		rows, put[number] = append(rows, row), p
	}
	if dry || len(rows) == 0 {
		return nil
	}
	added, err := s.store.InsertCustomers(ctx, rows, contacts)
	if err != nil {
		return err
	}
	var taken []string
	for _, row := range rows {
		if !added[row.ID] {
			taken = append(taken, row.Number)
		}
	}
	if len(taken) == 0 {
		return nil
	}
	others, _, err := s.store.CustomersByNumber(ctx, creditor.ID, taken)
	for number, c := range others {
		put[number] = &PutDebtor{Customer: c}
	}
	return err
}

// debtorChange brings one known customer up to what a file says.
type debtorChange struct {
	service *Service
	scope   store.Scope
	now     time.Time
	actor   Actor
	dry     bool
	put     *PutDebtor
}

func (c *debtorChange) apply(ctx context.Context, d *Debtor, known []store.Contact, overwrite bool) error {
	if overwrite {
		if err := c.name(ctx, d); err != nil {
			return err
		}
	}
	for _, m := range pairContacts(d.Contacts, known, overwrite) {
		m.CustomerID = c.put.Customer.ID
		if m.ID == uuid.Nil {
			m.ID, m.CreatedAt = store.NewID(), c.now
		}
		if err := CheckContact(&m.Contact, c.put.Customer.Country); err != nil {
			c.put.Err = err
			continue
		}
		if m.known != nil && sameReach(m.Contact, *m.known) && m.Name == m.known.Name && m.Phone == m.known.Phone {
			continue
		}
		c.put.Contacts++
		if err := c.save(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// save mends a contact; where only its name or telephone changed, nothing is to be done
// again and no case is told.
func (c *debtorChange) save(ctx context.Context, m contactPair) error {
	switch {
	case c.dry:
		return nil
	case m.known != nil && sameReach(m.Contact, *m.known):
		return c.service.store.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.SaveContact(ctx, m.Contact) })
	}
	_, err := c.service.MendContact(ctx, c.scope, c.now, c.actor, m.Contact)
	return err
}

// name lays what the file says over the customer's own data.
func (c *debtorChange) name(ctx context.Context, d *Debtor) error {
	if d.LegalName == "" || !renamed(*c.put.Customer, d) {
		return nil
	}
	return c.service.rehearse(ctx, c.dry, func(ctx context.Context, tx *store.Tx) error {
		row, _, _, err := tx.LockCustomer(ctx, c.put.Customer.ID)
		if err != nil {
			return err
		}
		c.put.Changed = renamed(*row, d)
		row.LegalName, row.Kind, row.Country = d.LegalName, d.Kind, d.Country
		if d.Language != "" {
			row.Language = d.Language
		}
		c.put.Customer = row
		return tx.NameCustomer(ctx, row)
	})
}

func renamed(c store.Customer, d *Debtor) bool {
	return c.LegalName != d.LegalName || c.Kind != d.Kind || c.Country != d.Country || (d.Language != "" && c.Language != d.Language)
}

// contactPair is a contact as it shall be, with the one that it is now.
type contactPair struct {
	store.Contact

	known *store.Contact
}

// sameReach reports whether messages reach a contact as before.
func sameReach(a, b store.Contact) bool {
	return a.Email == b.Email && a.Mobile == b.Mobile && a.MobileBilling == b.MobileBilling && a.Role == b.Role
}

// pairContacts finds for each contact of a file the one that it is: by role and address,
// else the only one left of the role, whose address then has changed. What a file does
// not say of a contact stays.
func pairContacts(stated, known []store.Contact, overwrite bool) []contactPair {
	var pairs []contactPair
	taken := map[uuid.UUID]bool{}
	var open []store.Contact
	for _, s := range stated {
		i := slices.IndexFunc(known, func(k store.Contact) bool {
			return !taken[k.ID] && k.Role == s.Role && s.Email != "" && strings.EqualFold(k.Email, s.Email)
		})
		if i < 0 {
			open = append(open, s)
			continue
		}
		taken[known[i].ID] = true
		pairs = append(pairs, overlayContact(s, &known[i]))
	}
	for _, s := range open {
		pair := contactPair{Contact: s}
		if k := onlyOther(s.Role, open, known, taken); k != nil {
			taken[k.ID] = true
			pair = overlayContact(s, k)
		}
		pairs = append(pairs, pair)
	}
	if overwrite {
		return pairs
	}
	return slices.DeleteFunc(pairs, func(p contactPair) bool {
		return p.known != nil || slices.ContainsFunc(known, func(k store.Contact) bool { return k.Role == p.Role })
	})
}

// onlyOther is the one known contact of a role that is left, if one stated contact is.
func onlyOther(role string, stated, known []store.Contact, taken map[uuid.UUID]bool) *store.Contact {
	var left *store.Contact
	of := func(c store.Contact) bool { return c.Role == role }
	if i := slices.IndexFunc(stated, of); slices.ContainsFunc(stated[i+1:], of) {
		return nil
	}
	for i := range known {
		switch {
		case known[i].Role != role || taken[known[i].ID]:
		case left != nil:
			return nil
		default:
			left = &known[i]
		}
	}
	return left
}

func overlayContact(s store.Contact, known *store.Contact) contactPair {
	c := *known
	for field, value := range map[*string]string{&c.Name: s.Name, &c.Email: s.Email, &c.Phone: s.Phone, &c.Mobile: s.Mobile} {
		if value != "" {
			*field = value
		}
	}
	if s.Mobile != "" {
		c.MobileBilling = s.MobileBilling
	}
	if strings.EqualFold(c.Email, known.Email) {
		c.Email = known.Email
	}
	return contactPair{Contact: c, known: known}
}
