-- +goose Up

-- What a creditor asks beside the principal, and by which rules.
alter table creditor
  add column claims                text    not null default 'announce' check (claims in ('none', 'announce', 'claim')),
  add column claim_threshold_minor bigint  not null default 1500 check (claim_threshold_minor >= 0), -- a smaller claim is waived
  add column nl_consumer_rules     boolean not null default false,
  add column be_consumer_rules     boolean not null default false,
  add column allocation            text    not null default 'principal_first' check (allocation in ('principal_first', 'statutory')),
  add column day_count             text    not null default 'ACT/365' check (day_count in ('ACT/365', 'ACT/ACT')),
  add column vat_not_deductible    boolean not null default false, -- the creditor cannot deduct the VAT on Dutch collection costs
  add column vat_stated            boolean not null default false; -- and its letters say so

-- What was agreed with a customer, for one invoice or for all. Rows are added, never
-- changed: of those that hold on a day, the invoice's own and then the newest counts.
create table contract_term (
  id                 uuid primary key,
  customer_id        uuid not null references customer,
  invoice_id         uuid references invoice,
  valid_from         date not null,
  valid_until        date,
  governing_country  text not null default '' check (governing_country ~ '^([A-Z]{2})?$'),
  annual_rate        int check (annual_rate between 0 and 1000000), -- ten-thousandths of a percent; null: none agreed
  compounding        text not null default 'none' check (compounding in ('none', 'yearly')),
  penalty_code       text not null default '',
  penalty_minor      bigint not null default 0 check (penalty_minor >= 0),
  retention_of_title boolean not null default false,
  accepted_on        date,
  proof              text not null default '', -- reference of the document that proves it
  actor              text not null,
  business_at        timestamptz not null,
  recorded_at        timestamptz not null default now(),
  check (valid_until is null or valid_until >= valid_from)
);
create index contract_term_customer on contract_term (customer_id, id);

-- Legal rates beside those that come with the product. The newest row of a regime and day counts.
create table law_rate (
  id          uuid primary key,
  regime      text not null,
  valid_from  date not null,
  valid_until date,
  rate        int  not null, -- ten-thousandths of a percent
  status      text not null check (status in ('official', 'derived')),
  source      text not null,
  actor       text not null,
  business_at timestamptz not null,
  recorded_at timestamptz not null default now()
);
create index law_rate_key on law_rate (regime, valid_from, id);

-- What one letter claims of an invoice by law, as it was computed when the letter was
-- claimed. It is booked once the letter is known to have left.
create table claim_letter (
  invoice_id         uuid not null references invoice,
  step               text not null,
  occurrence         int  not null,
  until_day          date not null,
  interest_minor     bigint not null, -- all interest up to the day
  cost_minor         bigint not null, -- all costs
  asked              boolean not null, -- false: below the threshold, so it is waived
  rate_table_version text not null,
  computation        jsonb not null,
  business_at        timestamptz not null,
  booked_at          timestamptz,
  primary key (invoice_id, step, occurrence)
);

alter table document
  drop constraint document_kind_check,
  add constraint document_kind_check check (kind in ('invoice_pdf', 'invoice_ubl', 'proof_of_delivery', 'dossier', 'reminder_letter', 'statement'));

create trigger contract_term_append_only before update or delete on contract_term for each row execute function refuse_change();
create trigger law_rate_append_only before update or delete on law_rate for each row execute function refuse_change();

-- +goose Down
-- Migrations only go forward.
select 1;
