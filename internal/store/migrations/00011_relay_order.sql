-- +goose Up

-- The relay takes the oldest messages first; without this it walks over all that were
-- delivered, once there are many.
create index workflow_message_next on workflow_message (id) where delivered_at is null;

-- +goose Down
-- Migrations only go forward.
select 1;
