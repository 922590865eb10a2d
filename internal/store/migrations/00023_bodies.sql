-- +goose Up
-- Every message keeps its text: lz4 packs it in a fraction of the time, where the server has it.
-- PDFs are packed already.
-- +goose StatementBegin
do $$
begin
  alter table message_body alter column html set compression lz4, alter column text set compression lz4;
exception when feature_not_supported then
  null;
end
$$;
-- +goose StatementEnd
alter table document alter column content set storage external;

-- +goose Down
-- Migrations only go forward.
select 1;
