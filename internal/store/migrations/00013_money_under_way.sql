-- +goose Up

-- Money that is being booked covers what is overdue, as money that nobody has matched yet does.
drop index bank_entry_customer;
create index bank_entry_customer on bank_entry (customer_id) where status in ('proposed', 'unmatched', 'applying', 'pending');

-- +goose Down
-- Migrations only go forward.
select 1;
