-- Live segments: who is in which, since when, why and until when; and what is needed to keep it so.

alter type _change_kind add value 'segment-entered';
alter type _change_kind add value 'segment-left';
alter type _change_kind add value 'segment-switched';
alter type _change_kind add value 'segment-pinned';
alter type _change_kind add value 'customer-scored';

alter table _definitions drop constraint _definitions_kind_check;
alter table _definitions add constraint _definitions_kind_check
  check (kind in ('source', 'model', 'score', 'segment', 'destination', 'route'));
alter table _definitions add column origin text not null default 'folder'
  check (origin in ('folder', 'own'));
comment on column _definitions.origin is 'own: applied by itself; a folder without it does not remove it.';

create table _member_subjects (
  subject      smallint generated always as identity primary key,
  dataset      text not null unique
);
comment on table _member_subjects is 'Short ids of the datasets whose rows can be members of segments: customers, accounts, events.';

create table _segments (
  segment      integer generated always as identity primary key,
  name         text not null unique,
  version      integer,
  archived_at  timestamptz
);
comment on table _segments is 'Short ids of segments. version: the one in force, of _definitions; null until the first is filled.';

create table _segment_versions (
  segment      integer not null references _segments,
  version      integer not null,
  slot         integer,
  subject      smallint not null references _member_subjects,
  state        text not null check (state in ('filling', 'live', 'retiring', 'retired', 'refused')),
  registered_at timestamptz not null,
  filled_from  bigint,
  filled_to    bigint,
  switched_at  timestamptz,
  retired_at   timestamptz,
  members      bigint not null default 0,
  nested       jsonb not null default '{}',
  meaning      bytea,
  failure      text,
  primary key (segment, version),
  constraint _segment_versions_slot check ((slot is null) = (state in ('retired', 'refused')))
);
create unique index _segment_versions_slot_key on _segment_versions (slot) where slot is not null;
comment on table _segment_versions is 'Versions of segments whose membership is kept. slot: the bit of _members that says who is in; retiring: no longer kept, until what the switch changed is noted. members: how many have the bit, in every state that has a slot. nested: the versions of the segments inside its criteria, at any depth, by name. meaning: a digest of what is evaluated. filled_from: the change up to which the scan saw everything; filled_to: the member up to which its result is stored.';

create table _following (
  singleton    boolean primary key default true check (singleton),
  cursor       bigint not null,
  as_of        timestamptz,
  revision     bigint not null default 0,
  rescan       text check (rescan in ('change', 'time', 'repair'))
);
insert into _following (cursor) select last from _change_head;
comment on table _following is 'How far membership has followed the change log, and the clock. Whoever writes memberships locks this row first, so that they follow one another, and the head of the change log last. revision: counts what changes the statements: versions registered, switched or retired, first and last pins, contracts. rescan: why all members are to be evaluated anew, until that is done.';

create table _members (
  member       bigint primary key,
  due          timestamptz,
  subject      smallint not null,
  bits         bytea not null
) with (fillfactor = 80);
create index _members_due_idx on _members (due) where due is not null;
comment on table _members is 'Who is in what: bit n of bits says whether the member is in slot n, as get_bit counts. due: no answer about the member changes before it without new data. Rows without a bit and without due are not kept. A due in the year 1 asks for everything about the member to be evaluated.';

create type _membership_cause as enum ('change', 'time', 'pin', 'repair');

create table _membership_history (
  change       bigint primary key,
  at           timestamptz not null,
  member       bigint not null,
  segment      integer not null,
  version      integer not null,
  entered      boolean not null,
  cause        _membership_cause not null,
  caused_by    bigint,
  until        timestamptz
);
create index _membership_history_segment_idx on _membership_history (segment, at);
create index _membership_history_member_idx on _membership_history (member, at);
comment on table _membership_history is 'Every entry into a segment and every exit from it, except those of a switch to another version. change: its own number in the change log; caused_by: the newest change that led to it; until: when time alone would change it again.';

create table _membership_switches (
  segment      integer not null,
  version      integer not null,
  part         integer not null,
  at           timestamptz not null,
  change       bigint not null,
  entered      bytea not null,
  "left"       bytea not null,
  primary key (segment, version, part)
);
comment on table _membership_switches is 'Who entered and left when a version came into force: ids in ascending order, as differences in LEB128, some thousands a part.';

create table _pins (
  pin          bigint generated always as identity primary key,
  segment      text not null,
  member       bigint not null,
  direction    text not null check (direction in ('in', 'out')),
  expires_at   timestamptz,
  reason       text,
  pinned_at    timestamptz not null,
  pinned_by    text not null,
  removed_at   timestamptz,
  removed_by   text
);
create unique index _pins_active_key on _pins (segment, member) where removed_at is null;
comment on table _pins is 'Members that a person put into a segment or kept out of it, whatever its criteria say.';

create table _parked_members (
  member       bigint primary key,
  subject      smallint not null,
  change       bigint,
  parked_at    timestamptz not null,
  tries        integer not null,
  retry_at     timestamptz not null,
  failure      text not null
);
comment on table _parked_members is 'Members whose evaluation failed: tried again by and by, while the rest goes on. failure: without values.';

create table _scores (
  score        text not null,
  customer     bigint not null,
  bucket       smallint not null,
  primary key (customer, score)
);
create index _scores_score_idx on _scores (score, bucket);
comment on table _scores is 'Each customer''s place among the others when the score was last calculated.';

create table _score_runs (
  score        text not null,
  version      integer not null,
  scored_at    timestamptz not null,
  customers    bigint not null,
  changed      bigint not null,
  bounds       jsonb not null,
  primary key (score, scored_at)
);
comment on table _score_runs is 'When scores were calculated, and the values at which their buckets begin.';

create table _reconciliations (
  reconciliation bigint generated always as identity primary key,
  at           timestamptz not null,
  compared     bigint not null,
  different    bigint not null,
  details      jsonb not null
);
comment on table _reconciliations is 'Samples of stored memberships compared with a full evaluation. details: how many by segment.';
