-- +goose Up

-- A contact that an invoice names itself: who is written to about that invoice before the
-- customer's other contacts.
alter table contact add column invoice_id uuid references invoice;
create unique index contact_invoice on contact (invoice_id) where invoice_id is not null;

-- The kinds of customers to whom a creditor lets text messages go.
alter table creditor add column sms_kinds text[] not null default '{business}';

-- How many dunning contacts a customer gets in any 7 days; 0: one a day.
alter table creditor add column weekly_contacts int not null default 2 check (weekly_contacts between 0 and 7);
-- When the customer pays its bills: monday to friday, or a day of the month; empty: not known.
alter table customer add column payment_run text not null default '' check (payment_run ~ '^(monday|tuesday|wednesday|thursday|friday|[1-9]|[12][0-9]|3[01])?$');

-- The mail of which a message is a copy for a colleague. A copy has no item: nothing of a
-- case depends on it.
alter table message add column copy_of uuid references message;
create index message_copy on message (copy_of) where copy_of is not null;

-- What a person released is what was looked at: a step that changed since is not covered.
alter table release_item add column version text not null default '';
alter table release_item add column open_minor bigint;
create index release_item_release on release_item (release_id);
create index release_creditor on release (creditor_id, day);

-- The steps that waited for their release on a day.
create table release_wait (
  creditor_id text not null references creditor,
  day         date not null,
  invoice_id  uuid not null references invoice,
  step        text not null,
  occurrence  int not null,
  primary key (creditor_id, day, invoice_id, step, occurrence)
);

-- +goose Down
-- Migrations only go forward.
select 1;
