-- +goose Up

-- A customer is contacted once a day, whatever it is about. The contact is a call, or the
-- message that used the day: the steps that it speaks for may be done again the same day.
alter table contact_day rename to contact_day_by_step;
create table contact_day (
  customer_id uuid not null references customer,
  local_date  date not null,
  message_id  uuid references message,
  primary key (customer_id, local_date)
);
insert into contact_day (customer_id, local_date) select distinct customer_id, local_date from contact_day_by_step;
drop table contact_day_by_step;
create index contact_day_message on contact_day (message_id);

-- One message may speak for several invoices, to each in its own tone. What goes along with the
-- message of another invoice is handed over by that invoice's act.
alter table message_item add column tone int not null default 0;
alter table message_item add column carried boolean not null default false;
update message_item i set tone = m.tone from message m where m.id = i.message_id and m.tone <> 0;

-- +goose Down
-- Migrations only go forward.
select 1;
