-- The key database: one schema for each client, apart from the client's data. Every key here is wrapped.

create table _key_encryption_keys (
  key_id       text primary key
);
comment on table _key_encryption_keys is 'The names of the key-encryption keys that were made for this client here and not destroyed since. The keys themselves are in no database.';

create table _secrets (
  use          text not null check (use in ('lasting', 'master')),
  version      integer not null check (version > 0),
  key_id       text not null references _key_encryption_keys,
  wrapped      bytea not null,
  primary key (use, version)
);
comment on table _secrets is 'The client''s own keys, wrapped by its key-encryption key key_id. lasting: from it come handles, blind indexes and keyed hashes; master: wraps the keys of subjects, one version after the other.';

create table _state (
  singleton    boolean primary key default true check (singleton),
  master       integer not null default 0,
  lines        bigint not null default 0,
  rewrapped    uuid
);
insert into _state default values;
comment on table _state is 'master: the version that new keys are wrapped by; lines: how much of the journal of destroyed keys has been carried out; rewrapped: the last handle that a rotation under way has come to. Whoever makes keys holds this row for share, whoever destroys or rotates for update.';

create table _subject_keys (
  handle       uuid primary key,
  master       integer not null,
  wrapped      bytea not null check (length(wrapped) = 60)
);
comment on table _subject_keys is 'The key of each data subject, wrapped by the master of that version. Deleting a row shreds every copy of what was sealed under it.';

create table _destroyed (
  handle       uuid primary key
);
comment on table _destroyed is 'The handles that may have no key: destroyed, and not revived since. Follows from the journal.';

create table _journal (
  line         bigint primary key,
  kind         text not null check (kind in ('destroyed', 'revived')),
  handle       uuid not null,
  noted_at     timestamptz not null
);
create index _journal_handle_idx on _journal (handle);
comment on table _journal is 'What was destroyed and revived, as in the journal''s file, line by line from 1. Of two copies of which one was restored from a backup, the longer is right.';
