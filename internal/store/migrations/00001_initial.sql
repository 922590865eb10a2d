-- +goose Up

-- Postgres holds the facts. Identifiers are uuid v7 made by the product; a creditor's
-- slug is its identifier. Times ending in _at are business instants unless the column
-- is recorded_at, which is the wall clock. Money is bigint in minor units.

create table policy_version (
  id            uuid primary key,
  policy        text not null,
  version       int  not null check (version > 0),
  content_hash  text not null,
  source        text not null,
  published_by  text not null,
  published_at  timestamptz not null,
  unique (policy, version),
  unique (policy, content_hash)
);

create table agency (
  id                  uuid primary key,
  name                text not null,
  country             text not null,
  registration_number text not null,
  email               text not null,
  language            text not null default 'en',
  created_at          timestamptz not null
);

create table creditor (
  id                  text primary key check (id ~ '^[a-z0-9-]{1,40}$'),
  name                text not null,
  registration_number text not null default '',
  vat_number          text not null default '',
  endpoint_scheme     text not null default '',
  endpoint_id         text not null default '',
  street              text not null default '',
  postcode            text not null default '',
  city                text not null default '',
  country             text not null check (country ~ '^[A-Z]{2}$'),
  region              text not null default '',
  zone                text not null,
  language            text not null,
  iban                text not null default '',
  account_name        text not null default '',
  sender_name         text not null,
  sender_email        text not null,
  reply_to            text not null,
  phone               text not null,
  contact_name        text not null,
  website             text not null default '',
  logo_url            text not null default '',
  mode                text not null default 'shadow' check (mode in ('shadow', 'approve', 'automatic')),
  stopped             boolean not null default false,
  payments_by         text not null default 'erp' check (payments_by in ('erp', 'bank')),
  policy              text not null default 'standard',
  agency_id           uuid references agency,
  small_balance_minor bigint not null default 1500 check (small_balance_minor >= 0),
  created_at          timestamptz not null
);

create table creditor_holiday (
  creditor_id text not null references creditor,
  country     text not null,
  day         date not null,
  holiday     boolean not null,
  name        text not null default '',
  primary key (creditor_id, country, day)
);

-- Who changed a creditor's mode or threw its stop switch, and why.
create table creditor_event (
  id          uuid primary key,
  creditor_id text not null references creditor,
  kind        text not null,
  actor       text not null,
  reason      text not null default '',
  business_at timestamptz not null,
  recorded_at timestamptz not null default now()
);
create index creditor_event_creditor on creditor_event (creditor_id, id);

create table account_manager (
  id            uuid primary key,
  creditor_id   text not null references creditor,
  name          text not null,
  email         text not null,
  phone         text not null default '',
  substitute_id uuid references account_manager,
  absent_from   date,
  absent_until  date,
  created_at    timestamptz not null
);

create table customer (
  id                   uuid primary key,
  creditor_id          text not null references creditor,
  number               text not null,
  legal_name           text not null,
  kind                 text not null check (kind in ('business', 'sole_trader', 'consumer', 'public_body', 'unknown')),
  registration_number  text not null default '',
  vat_number           text not null default '',
  endpoint_scheme      text not null default '',
  endpoint_id          text not null default '',
  parent_id            uuid references customer,
  paying_party_id      uuid references customer,
  insurer              text not null default '',
  insurer_collector    text not null default '',
  language             text not null,
  country              text not null check (country ~ '^[A-Z]{2}$'),
  region               text not null default '',
  zone                 text not null default '',
  street               text not null default '',
  postcode             text not null default '',
  city                 text not null default '',
  segment              text not null default '',
  policy               text not null default '',
  account_manager_id   uuid references account_manager,
  no_chase_reason      text,
  no_chase_by          text,
  no_chase_review_on   date,
  created_at           timestamptz not null,
  unique (creditor_id, number),
  check (no_chase_reason is null or (no_chase_by is not null and no_chase_review_on is not null))
);
create index customer_endpoint on customer (creditor_id, endpoint_scheme, endpoint_id) where endpoint_id <> '';
create index customer_vat on customer (creditor_id, vat_number) where vat_number <> '';
create index customer_registration on customer (creditor_id, registration_number) where registration_number <> '';

create table contact (
  id               uuid primary key,
  customer_id      uuid not null references customer,
  role             text not null check (role in ('accounts_payable', 'buyer', 'general', 'management')),
  name             text not null default '',
  first_name       text not null default '',
  email            text not null default '',
  phone            text not null default '',
  mobile           text not null default '',
  mobile_billing   boolean not null default false,
  email_failed_at  timestamptz,
  mobile_failed_at timestamptz,
  created_at       timestamptz not null
);
create index contact_customer on contact (customer_id);

create table invoice (
  id                  uuid primary key,
  creditor_id         text not null references creditor,
  customer_id         uuid not null references customer,
  number              text not null check (length(number) between 1 and 100),
  issue_date          date not null,
  due_date            date not null,
  due_date_agreed     boolean not null default true,
  received_date       date,
  currency            text not null,
  amount_minor        bigint not null check (amount_minor > 0),
  purchase_order      text not null default '',
  order_reference     text not null default '',
  payment_reference   text not null default '',
  payment_means       text not null default '',
  iban                text not null default '',
  iban_valid          boolean not null default false,
  account_name        text not null default '',
  delivery            text not null check (delivery in ('required', 'not_applicable')),
  sending             text not null check (sending in ('send_here', 'already_sent')),
  sent_channel        text not null default '',
  sent_on             date,
  sent_proof          text not null default '',
  no_chase_reason     text,
  no_chase_by         text,
  no_chase_review_on  date,
  policy_version_id   uuid not null references policy_version,
  source              text not null,
  content_hash        text not null,
  arrived_at          timestamptz not null,
  current_run         int not null default 1,
  facts_seq           bigint not null default 0,
  plan_no             int not null default 0,
  pause_ended_on      date,
  handed_off_at       timestamptz,
  recalled_at         timestamptz,
  ledger_seq          int not null default 0,
  event_seq           int not null default 0,
  event_hash          text not null default '',
  open_minor          bigint not null,
  closed_outcome      text check (closed_outcome in ('paid', 'credited', 'written_off')),
  unique (creditor_id, number),
  check (sending = 'send_here' or (sent_on is not null and sent_channel <> '')),
  check (no_chase_reason is null or (no_chase_by is not null and no_chase_review_on is not null))
);
create index invoice_customer_open on invoice (customer_id) where closed_outcome is null;
create index invoice_creditor_open on invoice (creditor_id, due_date) where closed_outcome is null;
create index invoice_creditor_id on invoice (creditor_id, id);

create table collection_run (
  invoice_id  uuid not null references invoice,
  run_no      int not null,
  workflow_id text not null unique,
  reason      text not null check (reason in ('new', 'reopened')),
  opened_at   timestamptz not null,
  closed_at   timestamptz,
  outcome     text,
  primary key (invoice_id, run_no)
);
create index collection_run_open on collection_run (invoice_id) where closed_at is null;

create table delivery (
  id           uuid primary key,
  invoice_id   uuid not null references invoice,
  delivered_on date not null,
  proof        text not null default '',
  last         boolean not null,
  actor        text not null,
  business_at  timestamptz not null,
  recorded_at  timestamptz not null default now()
);
create index delivery_invoice on delivery (invoice_id);

-- The ledger. Entries are never changed; the balance is their sum.
create table ledger_entry (
  id          uuid primary key,
  creditor_id text not null references creditor,
  customer_id uuid not null references customer,
  invoice_id  uuid references invoice,
  seq         int not null,
  kind        text not null check (kind in ('invoice', 'payment', 'credit_note', 'write_off', 'unallocated_credit', 'reversal')),
  amount_minor bigint not null,
  currency    text not null,
  value_date  date not null,
  receipt_id  uuid,
  reference   text not null default '',
  reverses    uuid unique references ledger_entry,
  actor       text not null,
  business_at timestamptz not null,
  recorded_at timestamptz not null default now()
);
create unique index ledger_entry_invoice on ledger_entry (invoice_id, seq) where invoice_id is not null;
create index ledger_entry_credit on ledger_entry (customer_id, currency) where invoice_id is null;
create index ledger_entry_receipt on ledger_entry (receipt_id) where receipt_id is not null;

-- A receipt is money or a credit note that came in; it is booked in one or two entries.
-- status review: a person must look (other currency) and nothing is booked.
create table receipt (
  id           uuid primary key,
  creditor_id  text not null references creditor,
  customer_id  uuid not null references customer,
  invoice_id   uuid references invoice,
  kind         text not null check (kind in ('payment', 'credit_note')),
  external_id  text not null,
  amount_minor bigint not null check (amount_minor > 0),
  charges_minor bigint not null default 0,
  currency     text not null,
  value_date   date not null,
  status       text not null check (status in ('booked', 'review', 'reversed')),
  content_hash text not null,
  actor        text not null,
  business_at  timestamptz not null,
  recorded_at  timestamptz not null default now(),
  unique (creditor_id, kind, external_id)
);

create table dispute (
  id          uuid primary key,
  invoice_id  uuid not null references invoice,
  reason      text not null,
  opened_by   text not null,
  opened_at   timestamptz not null,
  resolved_at timestamptz,
  resolution  text check (resolution in ('upheld', 'rejected')),
  resolved_by text,
  recorded_at timestamptz not null default now()
);
create unique index dispute_open on dispute (invoice_id) where resolved_at is null;

create table promise (
  id          uuid primary key,
  invoice_id  uuid not null references invoice,
  promised_on date not null,
  holds_until date not null,
  made_at     timestamptz not null,
  actor       text not null,
  status      text not null default 'open' check (status in ('open', 'kept', 'broken', 'replaced')),
  settled_at  timestamptz
);
create unique index promise_open on promise (invoice_id) where status = 'open';
create index promise_broken on promise (invoice_id) where status = 'broken';

create table hold (
  id          uuid primary key,
  creditor_id text not null references creditor,
  customer_id uuid not null references customer,
  invoice_id  uuid references invoice,
  reason      text not null,
  until_day   date,
  placed_by   text not null,
  placed_at   timestamptz not null,
  released_at timestamptz,
  released_by text
);
create index hold_active on hold (customer_id) where released_at is null;

create table plan_step (
  invoice_id uuid not null references invoice,
  run_no     int not null,
  step       text not null,
  position   int not null,
  stage      text not null,
  action     text not null,
  occurrence int not null default 1,
  at         timestamptz,
  local_date date,
  state      text not null check (state in ('pending', 'waiting', 'done', 'skipped', 'failed')),
  reason     text not null default '',
  not_before timestamptz,
  reference  text not null default '',
  channels   jsonb,
  first_tried_at timestamptz,
  done_at    timestamptz,
  done_on    date,
  primary key (invoice_id, run_no, step)
);
create index plan_step_due on plan_step (at) where state in ('pending', 'waiting');

create table message (
  id               uuid primary key,
  creditor_id      text not null references creditor,
  customer_id      uuid not null references customer,
  contact_id       uuid references contact,
  audience         text not null check (audience in ('customer', 'colleague', 'agency')),
  channel          text not null check (channel in ('email', 'sms')),
  template         text not null,
  template_version text not null,
  language         text not null,
  tone             int not null default 0,
  body_sha256      text not null,
  status           text not null check (status in ('sending', 'sent', 'not_sent', 'uncertain', 'shadow')),
  error_code       text not null default '',
  provider_id      text not null default '',
  delivery         text not null default '' check (delivery in ('', 'processed', 'deferred', 'delivered', 'bounced')),
  claimed_at       timestamptz not null,
  settled_at       timestamptz,
  delivered_at     timestamptz,
  recorded_at      timestamptz not null default now()
);
create index message_sending on message (claimed_at) where status = 'sending';
create index message_customer on message (customer_id);
create index message_provider on message (provider_id) where provider_id <> '';

create table message_item (
  invoice_id uuid not null references invoice,
  step       text not null,
  occurrence int not null,
  channel    text not null,
  message_id uuid not null references message,
  primary key (invoice_id, step, occurrence, channel)
);
create index message_item_message on message_item (message_id);

-- Erasable: what was written, and to whom. The evidence that remains is body_sha256.
create table message_body (
  message_id uuid primary key references message,
  recipient  text not null,
  recipient_name text not null default '',
  subject    text not null default '',
  html       text not null default '',
  text       text not null
);

create table provider_event (
  provider    text not null,
  event_key   text not null,
  message_id  uuid,
  kind        text not null,
  at          timestamptz not null,
  recorded_at timestamptz not null default now(),
  primary key (provider, event_key)
);

-- One dunning contact per customer, local day and step, until messages are bundled.
create table contact_day (
  customer_id uuid not null references customer,
  local_date  date not null,
  step        text not null,
  invoice_id  uuid not null references invoice,
  primary key (customer_id, local_date, step)
);

create table release (
  id          uuid primary key,
  creditor_id text not null references creditor,
  day         date not null,
  released_by text not null,
  released_at timestamptz not null
);
create table release_item (
  release_id uuid not null references release,
  invoice_id uuid not null references invoice,
  step       text not null,
  occurrence int not null,
  day        date not null,
  primary key (invoice_id, step, occurrence, day)
);

-- What a person took out of a batch, and why.
create table release_exclusion (
  release_id uuid not null references release,
  invoice_id uuid not null references invoice,
  reason     text not null,
  primary key (release_id, invoice_id)
);

create table task (
  id           uuid primary key,
  creditor_id  text not null references creditor,
  customer_id  uuid not null references customer,
  kind         text not null,
  role         text not null,
  reason       text not null default '',
  status       text not null check (status in ('open', 'claimed', 'done', 'lapsed')),
  created_at   timestamptz not null,
  due_on       date,
  expires_on   date,
  not_before   timestamptz,
  attempt      int not null default 1,
  claimed_by   text,
  claimed_until timestamptz,
  outcome      text not null default '',
  closed_by    text,
  closed_at    timestamptz
);
create unique index task_call_open on task (customer_id) where kind = 'call' and status in ('open', 'claimed');
create index task_worklist on task (creditor_id, kind, id) where status in ('open', 'claimed');
create index task_open on task (creditor_id, id) where status in ('open', 'claimed');
create index task_customer on task (customer_id) where status in ('open', 'claimed');

create table task_item (
  task_id    uuid not null references task,
  invoice_id uuid not null references invoice,
  run_no     int not null,
  step       text not null default '',
  lapsed_at  timestamptz,
  primary key (task_id, invoice_id, step)
);
create index task_item_invoice on task_item (invoice_id);

-- Erasable free text of people.
create table note (
  id          uuid primary key,
  customer_id uuid not null references customer,
  invoice_id  uuid references invoice,
  task_id     uuid references task,
  subject     text not null,
  body        text not null,
  actor       text not null,
  business_at timestamptz not null
);
create index note_invoice on note (invoice_id);

create table document (
  id           uuid primary key,
  invoice_id   uuid not null references invoice,
  kind         text not null check (kind in ('invoice_pdf', 'invoice_ubl', 'proof_of_delivery', 'dossier')),
  content_type text not null,
  content      bytea not null,
  sha256       text not null,
  recorded_at  timestamptz not null default now(),
  business_at  timestamptz not null
);
create unique index document_once on document (invoice_id, kind, sha256);

-- Facts on their way to the workflow.
create table workflow_message (
  id           bigint generated always as identity primary key,
  invoice_id   uuid not null references invoice,
  run_no       int not null,
  workflow_id  text not null,
  name         text not null,
  facts_seq    bigint not null,
  payload      jsonb not null,
  created_at   timestamptz not null default now(),
  attempts     int not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error   text not null default '',
  delivered_at timestamptz
);
create index workflow_message_pending on workflow_message (invoice_id, id) where delivered_at is null;
create index workflow_message_due on workflow_message (next_attempt_at) where delivered_at is null;

-- The append-only history of a case: ids and codes only, each row bound to the one before.
create table case_event (
  invoice_id  uuid not null references invoice,
  seq         int not null,
  kind        text not null,
  actor       text not null,
  data        jsonb not null,
  prev_hash   text not null,
  hash        text not null,
  business_at timestamptz not null,
  recorded_at timestamptz not null,
  primary key (invoice_id, seq)
);

create table api_key (
  id          uuid primary key,
  prefix      text not null,
  hash        bytea not null unique,
  role        text not null check (role in ('collector', 'finance', 'sales', 'auditor', 'administrator')),
  creditors   text[] not null,
  actor       text not null,
  created_at  timestamptz not null,
  expires_at  timestamptz,
  revoked_at  timestamptz
);

create table idempotency (
  api_key_id   uuid not null references api_key,
  key          text not null,
  request_hash text not null,
  status       int,
  content_type text not null default '',
  body         bytea,
  created_at   timestamptz not null default now(),
  primary key (api_key_id, key)
);

-- Set by the development clock driver only; a production process refuses to start with a row.
create table development_clock (
  id        boolean primary key default true check (id),
  offset_ms bigint not null
);

-- +goose StatementBegin
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd
create trigger ledger_entry_append_only before update or delete on ledger_entry for each row execute function refuse_change();
create trigger creditor_event_append_only before update or delete on creditor_event for each row execute function refuse_change();
create trigger case_event_append_only before update or delete on case_event for each row execute function refuse_change();
create trigger policy_version_append_only before update or delete on policy_version for each row execute function refuse_change();
create trigger ledger_entry_keeps_all before truncate on ledger_entry execute function refuse_change();
create trigger case_event_keeps_all before truncate on case_event execute function refuse_change();
create trigger policy_version_keeps_all before truncate on policy_version execute function refuse_change();

-- +goose Down
-- Migrations only go forward.
select 1;
