-- +goose Up

-- The feed: every line of every case's history in one order that never changes, so that
-- another system can follow with a cursor. Transactions become visible in another order
-- than they began in, so a position is not given when a line is written but afterwards,
-- by one publisher at a time, to lines that are committed. Decision 0009 says why.

-- Lines that have no position yet.
create table event_pending (
  id         bigint generated always as identity primary key,
  invoice_id uuid not null,
  seq        int not null
);

-- No foreign key to case_event: its check would write to each line of the history.
create table event_feed (
  position    bigint primary key check (position > 0),
  creditor_id text not null references creditor,
  invoice_id  uuid not null,
  seq         int not null,
  run_no      int not null,
  kind        text not null
);
create index event_feed_creditor on event_feed (creditor_id, position) include (kind);

-- +goose StatementBegin
create function note_case_event() returns trigger language plpgsql as $$
begin
  insert into event_pending (invoice_id, seq) values (new.invoice_id, new.seq);
  return null;
end $$;
-- +goose StatementEnd
create trigger case_event_pending after insert on case_event for each row execute function note_case_event();

-- What was written before this migration comes first: by time, but each case in its own
-- order, even where a clock went back. Creating the trigger has locked writers out.
insert into event_feed (position, creditor_id, invoice_id, seq, run_no, kind)
select row_number() over (order by e.at, e.invoice_id, e.seq), i.creditor_id, e.invoice_id, e.seq, e.run_no, e.kind
from (
  select invoice_id, seq, kind, max(recorded_at) over case_so_far as at,
    1 + count(*) filter (where kind = 'reopened') over case_so_far as run_no
  from case_event window case_so_far as (partition by invoice_id order by seq)
) e join invoice i on i.id = e.invoice_id;

create trigger event_feed_append_only before update or delete on event_feed for each row execute function refuse_change();
create trigger event_feed_keeps_all before truncate on event_feed execute function refuse_change();

-- Where events are posted to. The secret signs each delivery, so it is kept as it is.
create table webhook_endpoint (
  id              uuid primary key,
  creditor_id     text not null references creditor,
  url             text not null,
  secret          text not null,
  types           text[] not null,
  status          text not null default 'active' check (status in ('active', 'disabled')),
  position        bigint not null,
  failures        int not null default 0,
  failing_since   timestamptz,
  next_attempt_at timestamptz not null default now(),
  last_error      text not null default '',
  created_by      text not null,
  created_at      timestamptz not null,
  disabled_at     timestamptz
);
create index webhook_endpoint_creditor on webhook_endpoint (creditor_id, id);

-- The newest deliveries of each endpoint. An open one is sent again as it is.
create table webhook_delivery (
  id             uuid primary key,
  endpoint_id    uuid not null references webhook_endpoint on delete cascade,
  test           boolean not null,
  first_position bigint not null default 0,
  last_position  bigint not null default 0,
  first_event    text not null default '',
  last_event     text not null default '',
  events         int not null default 0,
  state          text not null default 'open' check (state in ('open', 'delivered', 'failed', 'superseded')),
  attempts       int not null default 0,
  status_code    int not null default 0,
  error_code     text not null default '',
  created_at     timestamptz not null default now(),
  attempted_at   timestamptz
);
create unique index webhook_delivery_open on webhook_delivery (endpoint_id, test) where state = 'open';
create index webhook_delivery_endpoint on webhook_delivery (endpoint_id, id);

-- +goose Down
-- Migrations only go forward.
select 1;
