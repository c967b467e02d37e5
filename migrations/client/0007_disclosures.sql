-- Who was sent or shown which customers, and what became of the rights that customers used.

create table _disclosed_forms (
  forms        integer generated always as identity primary key,
  fields       jsonb not null,
  digest       bytea not null unique
);
comment on table _disclosed_forms is 'The forms that fields had in a disclosure, as {field: form}; absent fields are left out. Each set once: digest is the SHA-256 of its canonical JSON.';

create table _disclosures (
  disclosure   bigint generated always as identity primary key,
  at           timestamptz not null,
  channel      text not null check (channel in ('delivery', 'shown', 'searched', 'listed', 'exported')),
  recipient    text not null,
  recipient_kind text not null check (recipient_kind in ('system', 'partner', 'team', 'person')),
  purpose      text not null,
  actor        text not null,
  delivery     bigint,
  waybill_id   uuid,
  destination  text,
  whole_or_nothing boolean not null default false,
  seen         bigint not null,
  customers    bigint not null
);
create index _disclosures_recipient_idx on _disclosures (recipient, disclosure);
create index _disclosures_delivery_idx on _disclosures (delivery) where delivery is not null;
comment on table _disclosures is 'What left or was shown: once a delivery or an answer, written before anybody outside sees it. seen: the newest change of the log that its customers stood at; whole_or_nothing: a delivery that failed left nothing. Without references to what it tells of: it outlives recipients, routes and journals.';

create table _disclosed_customers (
  disclosure   bigint not null,
  part         integer not null,
  forms        integer not null,
  span         int8range not null,
  customers    bytea not null,
  primary key (disclosure, part)
);
create index _disclosed_customers_span_idx on _disclosed_customers using gist (span);
comment on table _disclosed_customers is 'Who was in a disclosure: ids in ascending order, as differences in LEB128, some thousand a part, by the forms that their fields had. span: the first and the last of them.';

create table _rights_requests (
  request      uuid primary key,
  kind         text not null check (kind in ('erasure', 'rectification')),
  state        text not null check (state in ('keys', 'informing', 'done')),
  customer     bigint not null,
  subject      bytea not null,
  reason       text not null,
  fields       text[],
  requested_at timestamptz not null,
  requested_by text not null,
  change       bigint not null,
  done         jsonb not null,
  handles      text[] not null default '{}',
  keys_destroyed bigint not null default 0,
  finished_at  timestamptz
);
create index _rights_requests_open_idx on _rights_requests (request) where state <> 'done';
comment on table _rights_requests is 'What customers asked for and what was done. customer: an id that leads to nobody after an erasure; subject: a commitment to who it was, which only the customer can open; done: rows by table; handles: of its keys, to be destroyed, and to be allowed again should the customer come back. keys: the data are gone and the keys are not yet; informing: recipients are still to act; done: nothing is left to do.';

create table _obligations (
  obligation   uuid primary key,
  request      uuid not null references _rights_requests,
  recipient    text not null,
  recipient_kind text not null,
  contacts     jsonb not null,
  destination  text,
  state        text not null check (state in ('open', 'sent', 'failed', 'acknowledged', 'waived')),
  created_at   timestamptz not null,
  due_at       timestamptz not null,
  notice       bytea,
  notice_sha256 bytea not null,
  attempts     integer not null default 0,
  next_attempt_at timestamptz,
  failure      text,
  sent_at      timestamptz,
  settled_at   timestamptz,
  settled_by   text,
  note         text,
  proof        bytea,
  constraint _obligations_request_recipient_key unique (request, recipient)
);
create index _obligations_next_idx on _obligations (next_attempt_at) where next_attempt_at is not null;
create index _obligations_due_idx on _obligations (due_at) where settled_at is null;
comment on table _obligations is 'What a recipient that holds data of a customer must do, once a request and recipient; it outlives recipient and destination. notice: what it is told, sealed under a key of the request until it is settled; destination: where notices go, null where none leads to the recipient; next_attempt_at: null when nothing is to be sent; proof: SHA-256 of the document that shows that it was done.';

create table _suppressions (
  hash         bytea primary key,
  request      uuid not null references _rights_requests
);
comment on table _suppressions is 'Who must not come back: keyed hashes of the source keys and identifiers of erased customers.';

create table _remains (
  request      uuid not null references _rights_requests,
  dataset      text not null,
  row_id       bigint not null,
  fields       jsonb not null,
  primary key (request, dataset, row_id)
);
comment on table _remains is 'What the contract lets stay of erased rows: fields whose erasure is not delete, so treated.';
