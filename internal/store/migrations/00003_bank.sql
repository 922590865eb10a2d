-- +goose Up

-- How a creditor wants payments matched, and whether a reminder may leave without fresh data.
alter table creditor
  add column auto_known_account       boolean not null default false,
  add column oldest_first             boolean not null default false,
  add column rounding_tolerance_minor bigint  not null default 0 check (rounding_tolerance_minor between 0 and 5),
  add column max_return_fee_minor     bigint  not null default 1500 check (max_return_fee_minor >= 0),
  add column fresh_payments_required  boolean not null default false,
  add column bank_accounts            text[]  not null default '{}', -- beside the one on its own record
  add column payments_known_until     date; -- last day that a statement or an open-items file covers

-- Money that never keeps a paid invoice open stands in buckets of its own.
alter table ledger_entry
  drop constraint ledger_entry_kind_check,
  add constraint ledger_entry_kind_check check (kind in ('invoice', 'payment', 'credit_note', 'write_off', 'unallocated_credit', 'reversal',
    'discount', 'rounding', 'interest', 'cost', 'waiver')),
  add column bucket text not null default 'principal' check (bucket in ('principal', 'interest', 'cost'));

alter table receipt add column bank_entry_id uuid;
create index receipt_bank_entry on receipt (bank_entry_id) where bank_entry_id is not null;
create index receipt_credit on receipt (creditor_id) where kind = 'credit_note' and invoice_id is null;

create table bank_statement (
  id            uuid primary key,
  creditor_id   text not null references creditor,
  upload_id     uuid not null references upload,
  account       text not null,
  statement_id  text not null,
  sequence      bigint not null default 0,
  currency      text not null,
  opening_minor bigint,
  closing_minor bigint,
  check_result  text not null check (check_result in ('balanced', 'unbalanced', 'unchecked')),
  covers_until  date not null,
  entries       int not null,
  business_at   timestamptz not null,
  recorded_at   timestamptz not null default now(),
  unique (upload_id, statement_id, account)
);
create index bank_statement_creditor on bank_statement (creditor_id, id);

-- One movement of money. Its key names it over all files, so it counts once.
--   applying   decided, and being booked; an import that died here goes on with the same decision
--   matched    booked                proposed   a person decides
--   unmatched  nobody knows whose    credited   the customer's credit
--   returned   an earlier one was taken back
--   outgoing   our own payment       ignored    a person said that it is none of ours
--   pending    reserved, not booked yet; gone with the account's next statement
create table bank_entry (
  id               uuid primary key,
  creditor_id      text not null references creditor,
  statement_id     uuid not null references bank_statement,
  key              text not null,
  amount_minor     bigint not null,
  currency         text not null,
  booking_date     date not null,
  value_date       date not null,
  status           text not null check (status in ('applying', 'matched', 'proposed', 'unmatched', 'credited', 'returned', 'outgoing', 'ignored', 'pending')),
  rule             text not null default 'none',
  reasons          text[] not null default '{}',
  flags            text[] not null default '{}',
  evidence         jsonb not null default '[]',
  customer_id      uuid references customer,
  credit_minor     bigint not null default 0,
  fee_minor        bigint not null default 0,
  return_of        uuid references bank_entry,
  decided_by       text not null,
  decided_at       timestamptz not null,
  recorded_at      timestamptz not null default now(),
  unique (creditor_id, key)
);
create index bank_entry_open on bank_entry (creditor_id, id) where status in ('proposed', 'unmatched', 'applying');
create index bank_entry_customer on bank_entry (customer_id) where status in ('proposed', 'unmatched', 'pending');
create index bank_entry_creditor on bank_entry (creditor_id, id);
create index bank_entry_statement on bank_entry (statement_id);

-- What the money is for: booked, or suggested while a person has not decided.
create table bank_entry_item (
  entry_id       uuid not null references bank_entry,
  position       int not null,
  invoice_id     uuid references invoice,
  credit_note_id uuid references receipt, -- a credit note that is used up
  amount_minor   bigint not null,
  discount_minor bigint not null default 0,
  rounding_minor bigint not null default 0,
  primary key (entry_id, position)
);
create index bank_entry_item_invoice on bank_entry_item (invoice_id);

-- Erasable: who paid, and what they wrote.
create table bank_entry_text (
  entry_id      uuid primary key references bank_entry,
  payer_name    text not null default '',
  payer_account text not null default '',
  end_to_end_id text not null default '',
  text          text not null default ''
);

-- Accounts from which customers have paid before, learned from matches that are certain.
create table payer_account (
  creditor_id   text not null references creditor,
  account       text not null,
  customer_id   uuid not null references customer,
  first_seen_at timestamptz not null,
  primary key (creditor_id, account, customer_id)
);
create index payer_account_customer on payer_account (customer_id);

-- +goose Down
-- Migrations only go forward.
select 1;
