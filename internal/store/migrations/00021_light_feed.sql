-- +goose Up
-- A line of the feed repeats the creditor of its invoice. To look that up again for each line
-- makes every transaction of a creditor queue for the one row of it.
alter table event_feed drop constraint event_feed_creditor_id_fkey;

drop trigger case_event_pending on case_event;
-- +goose StatementBegin
create or replace function note_case_event() returns trigger language plpgsql as $$
begin
  insert into event_pending (invoice_id, seq) select invoice_id, seq from fresh order by invoice_id, seq;
  return null;
end
$$;
-- +goose StatementEnd
create trigger case_event_pending after insert on case_event referencing new table as fresh
  for each statement execute function note_case_event();
