-- +goose Up

-- What a movement takes back may have been paid by no statement: then it is the receipt.
alter table bank_entry drop constraint bank_entry_return_of_fkey;

-- A decision that the facts overtook gives way to a person's; each books under its own references.
alter table bank_entry add column decision int not null default 1;

-- A file of which rows were refused may come again: the facts that it lacked may be there now.
drop index upload_once;
create unique index upload_once on upload (creditor_id, kind, sha256) where not dry_run and status <> 'refused' and faults = 0;

create index bank_statement_account on bank_statement (creditor_id, account, covers_until);

-- +goose Down
-- Migrations only go forward.
select 1;
