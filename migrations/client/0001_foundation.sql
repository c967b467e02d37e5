-- What every client's schema holds beside the tables made from its contract.
-- Names begin with `_`, which no dataset name can. No triggers, no reference to another schema.

create table _contracts (
  version_no   integer generated always as identity primary key,
  version      text not null,
  sha256       bytea not null,
  body         text not null,
  catalogue    jsonb not null,
  applied_at   timestamptz not null,
  applied_by   text not null
);
comment on table _contracts is 'Every contract version that was applied; the newest is in force.';

create table _definitions (
  definition   bigint generated always as identity primary key,
  kind         text not null check (kind in ('source', 'segment', 'destination', 'route')),
  name         text not null,
  version      integer not null,
  sha256       bytea not null,
  body         jsonb,
  applied_at   timestamptz not null,
  applied_by   text not null,
  constraint _definitions_kind_name_version_key unique (kind, name, version)
);
comment on table _definitions is 'Every version of every definition file; a null body says that it was removed.';

create table _sources (
  source       smallint generated always as identity primary key,
  name         text not null unique,
  dataset      text not null,
  precedence   integer not null
);
comment on table _sources is 'Short ids of sources, for the rows they state.';

create table _intakes (
  intake       bigint generated always as identity primary key,
  dataset      text not null,
  source       smallint not null references _sources,
  state        text not null check (state in ('receiving', 'held', 'published', 'discarded', 'failed', 'cancelled')),
  origin       text not null,
  sha256       bytea,
  bytes        bigint,
  actor        text not null,
  started_at   timestamptz not null,
  finished_at  timestamptz,
  read         bigint not null default 0,
  accepted     bigint not null default 0,
  changed      bigint not null default 0,
  unchanged    bigint not null default 0,
  quarantined  bigint not null default 0,
  waiting      bigint not null default 0,
  totals       jsonb not null default '{}',
  expected     jsonb not null default '{}',
  reasons      jsonb not null default '[]',
  layout       jsonb,
  constraint _intakes_rows_reconcile check (state <> 'published' or read = accepted + changed + unchanged + quarantined)
);
comment on table _intakes is 'One arrival of records. accepted: new rows; changed: known rows with new values; waiting: accepted events whose customer is not known yet; reasons: why it was held; layout: how the file was read, so that quarantined rows can be read again.';
create index _intakes_state_idx on _intakes (state) where state in ('receiving', 'held');

create table _quarantine (
  intake       bigint not null references _intakes,
  line         bigint not null,
  state        text not null default 'open' check (state in ('open', 'retried', 'dismissed')),
  original     bytea not null,
  issues       jsonb not null,
  at           timestamptz not null,
  primary key (intake, line)
);
comment on table _quarantine is 'Rows that were not accepted: rule, field and reason, with the bytes as they came.';

create type _change_kind as enum (
  'customer-created', 'customer-changed', 'account-created', 'account-changed', 'record-changed',
  'event-added', 'event-changed', 'event-attached'
);

create table _change_head (
  singleton    boolean primary key default true check (singleton),
  last         bigint not null
);
insert into _change_head (last) values (0);
comment on table _change_head is 'The newest number of the change log. Locked last in a transaction: commit order is number order.';

create table _changes (
  change       bigint primary key,
  at           timestamptz not null,
  kind         _change_kind not null,
  dataset      text not null,
  row_id       bigint not null,
  customer     bigint,
  fields       text[],
  intake       bigint,
  actor        text not null
);
comment on table _changes is 'The ordered change log. row_id: the golden row or event; customer: whom it concerns; fields: what changed, null when all of it is new.';

create table _history (
  change       bigint not null,
  dataset      text not null,
  row_id       bigint not null,
  field        text not null,
  before       text,
  after        text,
  primary key (dataset, row_id, field, change)
);
comment on table _history is 'The value before and after each change of a field, in its text form. Who, when and why stand in the change.';

create sequence _ids as bigint;
comment on sequence _ids is 'Ids of golden customers, accounts, source records and events.';

create table _deliveries (
  delivery     bigint generated always as identity primary key,
  route        text not null,
  route_version integer not null,
  destination  text not null,
  state        text not null check (state in ('running', 'delivered', 'failed', 'cancelled')),
  started_at   timestamptz not null,
  finished_at  timestamptz,
  as_of        timestamptz not null,
  records      bigint,
  sha256       bytea,
  waybill      jsonb,
  secret       bytea,
  failure      text,
  actor        text not null
);
comment on table _deliveries is 'One batch or message that left, with its waybill. secret: what the salts of its commitments come from; without it none can be opened.';
