-- +goose Up

-- A contact that an invoice names itself: who is written to about that invoice before the
-- customer's other contacts.
alter table contact add column invoice_id uuid references invoice;
create unique index contact_invoice on contact (invoice_id) where invoice_id is not null;

-- The kinds of customers to whom a creditor lets text messages go.
alter table creditor add column sms_kinds text[] not null default '{business}';

-- The mail of which a message is a copy for a colleague. A copy has no item: nothing of a
-- case depends on it.
alter table message add column copy_of uuid references message;
create index message_copy on message (copy_of) where copy_of is not null;

-- +goose Down
-- Migrations only go forward.
select 1;
