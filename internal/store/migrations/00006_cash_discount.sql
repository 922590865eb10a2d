-- +goose Up

-- What the customer may take off when paying early: 300 is 3 %.
alter table invoice
  add column discount_points int not null default 0 check (discount_points between 0 and 9999),
  add column discount_until  date,
  add constraint invoice_discount_whole check ((discount_points > 0) = (discount_until is not null));

-- +goose Down
-- Migrations only go forward.
select 1;
