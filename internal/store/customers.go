package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maan/internal/calendar"
)

// LockCustomer locks a customer and reads it with its creditor and the creditor's
// holidays for its country.
func (tx *Tx) LockCustomer(ctx context.Context, id uuid.UUID) (*Customer, *Creditor, []calendar.Override, error) {
	var (
		cu        Customer
		cr        Creditor
		overrides []calendar.Override
		found     bool
	)
	b := &pgx.Batch{}
	b.Queue(`select `+customerColumns+` from customer where id = $1 for update`, id).Query(into(&cu, &found))
	b.Queue(`select `+qualified("c", creditorColumns)+` from creditor c join customer u on u.creditor_id = c.id where u.id = $1`, id).
		Query(into(&cr, nil))
	b.Queue(`select h.day as date, h.holiday, h.name from creditor_holiday h join customer u on u.creditor_id = h.creditor_id
		where u.id = $1 and h.country = u.country`, id).Query(all(&overrides))
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, nil, nil, fmt.Errorf("lock customer %s: %w", id, err)
	}
	if !found {
		return nil, nil, nil, ErrNotFound
	}
	return &cu, &cr, overrides, nil
}

// OpenInvoices lists the open invoices of a customer in lock order.
func (tx *Tx) OpenInvoices(ctx context.Context, customer uuid.UUID) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `select id from invoice where customer_id = $1 and closed_outcome is null order by id`, customer)
	if err != nil {
		return nil, fmt.Errorf("open invoices: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// SetCustomerNoChase sets or lifts do-not-chase on a customer.
func (tx *Tx) SetCustomerNoChase(ctx context.Context, id uuid.UUID, reason *string, by string, review *calendar.Date) error {
	return tx.exec(ctx, "do-not-chase", `update customer set no_chase_reason = $2, no_chase_by = $3, no_chase_review_on = $4 where id = $1`,
		id, reason, by, review)
}

// SaveContact adds or changes a contact; a new address is worth trying again.
func (tx *Tx) SaveContact(ctx context.Context, c Contact) error {
	if err := tx.Do(ctx, PutContact(c)); err != nil {
		return fmt.Errorf("save contact: %w", err)
	}
	return nil
}

// PutContact adds or changes a contact with other writes.
func PutContact(c Contact) Write {
	return statement(`insert into contact (id, customer_id, role, name, first_name, email, phone, mobile, mobile_billing, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (id) do update set role = excluded.role, name = excluded.name, first_name = excluded.first_name, phone = excluded.phone,
			email_failed_at = case when contact.email = excluded.email then contact.email_failed_at end,
			mobile_failed_at = case when contact.mobile = excluded.mobile then contact.mobile_failed_at end,
			email = excluded.email, mobile = excluded.mobile, mobile_billing = excluded.mobile_billing
		where contact.customer_id = excluded.customer_id`,
		c.ID, c.CustomerID, c.Role, c.Name, c.FirstName, c.Email, c.Phone, c.Mobile, c.MobileBilling, c.CreatedAt)
}

// AddInvoiceContact adds whom an invoice names itself. An address that is known to be dead
// stays so.
func AddInvoiceContact(c Contact) Write {
	return statement(`insert into contact (id, customer_id, invoice_id, role, name, email, email_failed_at, created_at)
		values ($1, $2, $3, $4, $5, $6, (select max(email_failed_at) from contact where customer_id = $2 and lower(email) = lower($6)), $7)`,
		c.ID, c.CustomerID, c.InvoiceID, c.Role, c.Name, c.Email, c.CreatedAt)
}
