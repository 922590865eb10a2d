-- +goose Up

-- A complaint is the last word about a message; what a provider said of it is kept with its code.
alter table message drop constraint message_delivery_check;
alter table message add constraint message_delivery_check
  check (delivery in ('', 'processed', 'deferred', 'delivered', 'bounced', 'complained'));
alter table provider_event add column code text not null default '';
create index provider_event_message on provider_event (message_id) where message_id is not null;

-- The secret part of the address to which a customer answers. It says which message is answered.
alter table message add column reply_token text not null default '';
create unique index message_reply_token on message (reply_token) where reply_token <> '';

-- Text messages have no subject: who was sent one is found by its number.
create index message_body_number on message_body (recipient) where subject = '';
create index contact_mobile on contact (mobile) where mobile <> '';

-- A customer that does not want to be written to on a channel. Only a person lifts it, with a
-- reason that stands in a note.
create table channel_silence (
  id          uuid primary key,
  customer_id uuid not null references customer,
  channel     text not null check (channel in ('email', 'sms')),
  reason      text not null check (reason in ('complaint', 'unsubscribed', 'stop', 'asked')),
  message_id  uuid references message,
  silenced_at timestamptz not null,
  silenced_by text not null,
  lifted_at   timestamptz,
  lifted_by   text
);
create unique index channel_silence_now on channel_silence (customer_id, channel) where lifted_at is null;

-- What customers answered. fate: filed (no person wrote it), asked (a task), paused (a task and a
-- hold), unknown (nobody knows whose it is).
create table reply (
  id          uuid primary key,
  creditor_id text references creditor,
  customer_id uuid references customer,
  message_id  uuid references message,
  channel     text not null check (channel in ('email', 'sms')),
  provider    text not null,
  event_key   text not null,
  automatic   text not null default '',
  fate        text not null check (fate in ('filed', 'asked', 'paused', 'unknown')),
  task_id     uuid references task,
  hold_id     uuid references hold,
  received_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  unique (provider, event_key)
);
create index reply_customer on reply (customer_id) where customer_id is not null;
create index reply_message on reply (message_id) where message_id is not null;
create index reply_task on reply (task_id) where task_id is not null;

-- Erasable: what they wrote, and their files. refused says why a file was not kept.
create table reply_body (
  reply_id  uuid primary key references reply,
  sender    text not null,
  subject   text not null default '',
  text      text not null,
  truncated boolean not null default false
);
create table reply_file (
  reply_id     uuid not null references reply,
  n            int not null,
  name         text not null,
  content_type text not null,
  size         bigint not null,
  refused      text not null default '',
  content      bytea,
  primary key (reply_id, n),
  check ((content is null) = (refused <> ''))
);

-- How many posts of providers were taken and refused, by day.
create table webhook_tally (
  hook    text not null,
  day     date not null,
  outcome text not null,
  count   bigint not null,
  last_at timestamptz not null,
  primary key (hook, day, outcome)
);

-- +goose Down
-- Migrations only go forward.
select 1;
