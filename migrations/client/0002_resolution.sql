-- Which source records are the same customer or account: what was judged, by whom, and what followed.

alter type _change_kind add value 'customer-merged';
alter type _change_kind add value 'customer-split';
alter type _change_kind add value 'customer-regrouped';
alter type _change_kind add value 'account-merged';
alter type _change_kind add value 'account-split';
alter type _change_kind add value 'account-regrouped';
alter type _change_kind add value 'record-added';

alter table _changes add column reason text;
comment on table _changes is 'The ordered change log. row_id: the golden row, source record or event; customer: whom it concerns, or the other row of a merge or a split; fields: what changed, null when all of it is new; reason: in the words of whoever did it.';

alter table _definitions drop constraint _definitions_kind_check;
alter table _definitions add constraint _definitions_kind_check
  check (kind in ('source', 'model', 'segment', 'destination', 'route'));

create table _redirects (
  dataset      text not null,
  old_id       bigint not null,
  new_id       bigint not null,
  record       bigint not null,
  created_at   timestamptz not null,
  version      integer not null,
  merged_at    timestamptz not null,
  primary key (dataset, old_id)
);
comment on table _redirects is 'Golden rows that were merged into another: where they went, and what comes back with them when they are split off again. record: one of the records they had; new_id is always the golden row of that record, so there is never a chain.';
create index _redirects_new_idx on _redirects (dataset, new_id);
create index _redirects_record_idx on _redirects (record);

create table _event_anchors (
  event        bigint primary key,
  dataset      text not null,
  record       bigint not null
);
comment on table _event_anchors is 'Events that stay with a source record because the customer they name does not tell where they belong.';
create index _event_anchors_record_idx on _event_anchors (record);

create table _models (
  model        integer generated always as identity primary key,
  dataset      text not null,
  definition   jsonb not null,
  sha256       bytea not null,
  origin       text not null check (origin in ('trained', 'file')),
  made_at      timestamptz not null,
  made_by      text not null
);
comment on table _models is 'Every linkage model that was in use; _resolution names the one in force.';

create table _term_shares (
  model        integer not null references _models,
  term_column  text not null,
  term         bigint not null,
  share        double precision not null,
  primary key (model, term_column, term)
);
comment on table _term_shares is 'How common values are, by a keyed hash of the value.';

create type _verdict as enum ('same', 'different', 'unsure');
create type _judge as enum ('model', 'rule', 'person');

create table _judgements (
  judgement    bigint generated always as identity primary key,
  dataset      text not null,
  left_record  bigint not null,
  right_record bigint not null,
  verdict      _verdict,
  judge        _judge not null,
  who          text not null,
  model        integer references _models,
  found_by     smallint,
  weight       double precision,
  reason       text,
  at           timestamptz not null,
  constraint _judgements_ordered check (left_record < right_record)
);
comment on table _judgements is 'What was judged of two source records. Append-only: a later judgement of the same judge on the same pair stands instead of an earlier one; a null verdict takes it back. found_by: the blocking rule that found the pair, from 1, and 0 when its neighbours did.';
create index _judgements_left_idx on _judgements (left_record, right_record);
create index _judgements_right_idx on _judgements (right_record);
create index _judgements_person_idx on _judgements (dataset, judgement) where judge = 'person';

create table _homes (
  record       bigint primary key,
  home         bigint not null
);
comment on table _homes is 'The golden row that a source record had before it was first moved. Records that never moved are not here.';

create table _record_keys (
  record       bigint primary key,
  keys         bigint[] not null
);
comment on table _record_keys is 'The keys of each source record, as keyed hashes, in ascending order: what _blocks has, by record.';

create table _blocks (
  key          bigint not null,
  record       bigint not null,
  primary key (key, record)
);
comment on table _blocks is 'Block keys of source records, as keyed hashes: records that share one are compared. Only full runs add to it, in the order of its only index: many millions of keys then cost a minute, and the members of a block lie side by side.';

create table _late_blocks (
  key          bigint not null,
  record       bigint not null,
  primary key (key, record)
);
comment on table _late_blocks is 'The same of keys that came after the last full run, in a small table: ten thousand records among a million would touch every page of a large one.';

create table _resolution (
  dataset      text primary key,
  cursor       bigint not null,
  secret       bytea not null,
  model        integer references _models,
  resolved_at  timestamptz
);
comment on table _resolution is 'How far resolution has followed the change log, the key of its hashes, and the model that its block keys and judgements were made with.';
