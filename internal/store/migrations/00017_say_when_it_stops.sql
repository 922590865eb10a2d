-- +goose Up

-- What the reconcile found: an open invoice whose case runs no more.
alter table collection_run
  add column missing_since  timestamptz,
  add column missing_status text not null default '';
create index collection_run_missing on collection_run (missing_since) where missing_since is not null and closed_at is null;

-- When a loop of the workers last did its work, by the wall clock.
create table loop_mark (
  name      text primary key,
  marked_at timestamptz not null
);
insert into loop_mark (name, marked_at) values ('watch', now()), ('reconcile', now());

create index plan_step_waiting on plan_step (reason) where state = 'waiting';
create index plan_step_ended on plan_step (done_at) where state in ('failed', 'skipped');
create index message_attempt on message (creditor_id, channel, claimed_at) where status <> 'shadow';
create index contact_usable on contact (customer_id)
  where (email <> '' and email_failed_at is null) or (mobile <> '' and mobile_billing and mobile_failed_at is null);

-- A condition that was found, from the first time until it is over: one row, however long it lasts.
create table alarm (
  id           uuid primary key,
  condition    text not null,
  subject      text not null default '',
  severity     text not null check (severity in ('warning', 'alarm')),
  count        int  not null,
  oldest       timestamptz,
  raised_at    timestamptz not null,
  absent_since timestamptz, -- it is not there any more; over once that has lasted
  cleared_at   timestamptz,
  recorded_at  timestamptz not null default now()
);
create unique index alarm_open on alarm (condition, subject) where cleared_at is null;

-- What the operator is to be told of it by mail. One mail may carry several.
create table alarm_notice (
  alarm_id   uuid not null references alarm,
  kind       text not null check (kind in ('raised', 'worsened', 'cleared')),
  status     text not null default 'due' check (status in ('due', 'sending', 'sent')),
  mail_id    uuid,
  attempts   int not null default 0,
  not_before timestamptz not null,
  claimed_at timestamptz,
  settled_at timestamptz,
  error_code text not null default '',
  primary key (alarm_id, kind)
);
create index alarm_notice_open on alarm_notice (not_before) where status <> 'sent';

-- The daily report to finance: where it goes, and what became of each day's.
alter table creditor add column digest_email text not null default '';
create table digest (
  creditor_id text not null references creditor,
  day         date not null,
  mail_id     uuid not null unique,
  status      text not null check (status in ('sending', 'sent', 'not_sent', 'uncertain', 'rejected')),
  attempts    int  not null default 1,
  body_sha256 text not null,
  error_code  text not null default '',
  provider_id text not null default '',
  claimed_at  timestamptz not null,
  settled_at  timestamptz,
  recorded_at timestamptz not null default now(),
  primary key (creditor_id, day)
);

-- +goose Down
-- Migrations only go forward.
select 1;
