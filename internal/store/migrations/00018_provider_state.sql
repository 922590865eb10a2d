-- +goose Up

-- The turns at the provider behind a channel, which all workers share: the next may begin at this
-- instant of the server's clock.
create table provider_turn (
  channel text primary key check (channel in ('email', 'sms')),
  next_at timestamptz not null
);
insert into provider_turn (channel, next_at) values ('email', now()), ('sms', now());

-- What is known of that provider, in business time.
create table provider_state (
  channel       text primary key check (channel in ('email', 'sms')),
  paused_until  timestamptz,            -- it asked to be left alone until then
  failures      int not null default 0, -- in a row
  failing_since timestamptz,            -- the first of them
  last_code     text not null default '',
  opened_at     timestamptz,            -- since then the circuit is open: messages wait
  probe_at      timestamptz             -- while it is open: from then on one message may try
);
insert into provider_state (channel) values ('email'), ('sms');

-- +goose Down
-- Migrations only go forward.
select 1;
