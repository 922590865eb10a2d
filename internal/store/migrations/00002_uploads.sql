-- +goose Up

-- A file that brings many facts at once, and how far its import is. The same file of the
-- same kind is taken once; a dry run writes nothing but what it found here.
create table upload (
  id          uuid primary key,
  creditor_id text not null references creditor,
  kind        text not null check (kind in ('bank_statement', 'open_items', 'invoices')),
  name        text not null default '',
  content     bytea not null,
  sha256      text not null,
  options     jsonb not null default '{}',
  dry_run     boolean not null default false,
  actor       text not null,
  status      text not null default 'waiting' check (status in ('waiting', 'running', 'done', 'refused')),
  total       int not null default 0,
  done        int not null default 0,
  faults      int not null default 0,
  result      jsonb not null default '{}',
  created_at  timestamptz not null,
  started_at  timestamptz,
  ended_at    timestamptz,
  recorded_at timestamptz not null default now()
);
create unique index upload_once on upload (creditor_id, kind, sha256) where not dry_run and status <> 'refused';
create index upload_creditor on upload (creditor_id, id);
create index upload_unfinished on upload (id) where status in ('waiting', 'running');

-- What was wrong in a file, by line and column or path. Codes and words of ours, no content.
create table upload_fault (
  upload_id uuid not null references upload,
  seq       int not null,
  line      int not null default 0,
  field     text not null default '',
  code      text not null,
  message   text not null,
  primary key (upload_id, seq)
);

-- +goose Down
-- Migrations only go forward.
select 1;
