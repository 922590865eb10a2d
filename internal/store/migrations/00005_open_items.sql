-- +goose Up

-- What the creditor's books hold open beyond what was known here is an entry of its own.
alter table ledger_entry
  drop constraint ledger_entry_kind_check,
  add constraint ledger_entry_kind_check check (kind in ('invoice', 'payment', 'credit_note', 'write_off', 'unallocated_credit', 'reversal',
    'discount', 'rounding', 'interest', 'cost', 'waiver', 'adjustment'));

-- The complete lists of open items that were taken in, by their day: an older one, or
-- another one of the same day, is refused.
create table open_items_taken (
  creditor_id text not null references creditor,
  as_of       date not null,
  upload_id   uuid not null references upload,
  taken_at    timestamptz not null,
  recorded_at timestamptz not null default now(),
  primary key (creditor_id, as_of)
);

-- +goose Down
-- Migrations only go forward.
select 1;
