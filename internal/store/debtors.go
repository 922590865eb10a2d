package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// CustomersByNumber reads a creditor's customers by its own numbers, with their contacts.
func (s *Store) CustomersByNumber(ctx context.Context, creditor string, numbers []string) (map[string]*Customer, map[uuid.UUID][]Contact, error) {
	customers, contacts := map[string]*Customer{}, map[uuid.UUID][]Contact{}
	b := &pgx.Batch{}
	b.Queue(`select `+customerColumns+` from customer where creditor_id = $1 and number = any($2)`, creditor, numbers).
		Query(each(func(c *Customer) { customers[c.Number] = c }))
	b.Queue(`select `+qualified("k", contactColumns)+` from contact k join customer c on c.id = k.customer_id
		where c.creditor_id = $1 and c.number = any($2) and k.invoice_id is null order by k.id`, creditor, numbers).
		Query(each(func(k *Contact) { contacts[k.CustomerID] = append(contacts[k.CustomerID], *k) }))
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return nil, nil, fmt.Errorf("customers by number: %w", err)
	}
	return customers, contacts, nil
}

// InsertCustomers adds customers with their contacts, and leaves out those whose number
// somebody else has taken meanwhile. It answers which were added.
func (s *Store) InsertCustomers(ctx context.Context, customers []Customer, contacts map[uuid.UUID][]Contact) (added map[uuid.UUID]bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		added = map[uuid.UUID]bool{}
		b := &pgx.Batch{}
		for _, c := range customers {
			b.Queue(`insert into customer (`+customerColumns+`)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
				on conflict (creditor_id, number) do nothing`, customerArgs(c)...).
				Exec(func(tag pgconn.CommandTag) error {
					if tag.RowsAffected() == 1 {
						added[c.ID] = true
					}
					return nil
				})
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("insert customers: %w", err)
		}
		var writes []Write
		for id := range added {
			for _, k := range contacts[id] {
				writes = append(writes, PutContact(k))
			}
		}
		if err := tx.Do(ctx, writes...); err != nil {
			return fmt.Errorf("insert contacts: %w", err)
		}
		return nil
	})
	return added, err
}

// NameCustomer writes what a creditor's list says of a customer.
func (tx *Tx) NameCustomer(ctx context.Context, c *Customer) error {
	return tx.exec(ctx, "name customer", `update customer set legal_name = $2, kind = $3, country = $4, language = $5 where id = $1`,
		c.ID, c.LegalName, c.Kind, c.Country, c.Language)
}
