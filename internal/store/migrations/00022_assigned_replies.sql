-- +goose Up
-- A person says about which invoice an answer is that nobody could match to a message.
alter table reply
  add column invoice_id uuid references invoice,
  add column assigned_by text not null default '',
  add column assigned_at timestamptz;
create index reply_invoice on reply (invoice_id) where invoice_id is not null;
create index reply_unknown on reply (received_at) where fate = 'unknown';

-- +goose Down
-- Migrations only go forward.
select 1;
