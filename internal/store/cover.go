package store

// covered is the condition that nobody is asked to pay invoice i on day $2: a person is asked
// whether money that came in pays it, or that money is being booked, or the customer has with
// us all that is overdue.
const covered = `(` + proposed + ` >= i.open_minor or ` + credit + ` >= greatest(i.open_minor, ` + overdue + `))`

// proposed is what the movements that are not booked yet would pay of invoice i.
const proposed = `coalesce((select sum(bi.amount_minor + bi.discount_minor + bi.rounding_minor) from bank_entry_item bi
	join bank_entry b on b.id = bi.entry_id where bi.invoice_id = i.id and b.status in ('proposed', 'applying')), 0)`

// credit is what we owe the customer, with money of it that nobody has matched or booked yet.
const credit = `(coalesce((select sum(amount_minor) from bank_entry where customer_id = i.customer_id and currency = i.currency and amount_minor > 0
		and (status in ('proposed', 'unmatched', 'applying') or (status = 'pending' and booking_date >= $2::date - 4))), 0)
	- coalesce((select sum(amount_minor) from ledger_entry where customer_id = i.customer_id and invoice_id is null and currency = i.currency), 0))`

// overdue is what the customer owes us by day $2.
const overdue = `coalesce((select sum(o.open_minor) from invoice o where o.customer_id = i.customer_id and o.currency = i.currency
	and o.closed_outcome is null and o.due_date < $2), 0)`
