-- +goose Up

-- Every send looks at the customer's other invoices, the closed ones too, and every letter
-- and statement of account at the customer's entries; without these it reads the whole table.
create index invoice_customer on invoice (customer_id);
drop index invoice_customer_open;
create index ledger_entry_customer on ledger_entry (customer_id);

-- +goose Down
-- Migrations only go forward.
select 1;
