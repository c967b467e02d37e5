-- The ledger: what matters, in the order in which it was noted, as one RFC 6962 tree.

create table _ledger_inbox (
  noted        bigint generated always as identity primary key,
  about        text not null,
  entry        text not null
);
comment on table _ledger_inbox is 'What was noted and has no number yet. Written in the transaction that does what it tells of, without a lock; emptied by the sequencer.';

create table _ledger_head (
  singleton    boolean primary key default true check (singleton),
  origin       text,
  size         bigint not null default 0,
  root         bytea
);
insert into _ledger_head default values;
comment on table _ledger_head is 'The tree as it stands. Whoever gives numbers or publishes a checkpoint locks this row, so that they follow one another. origin: the name of the ledger, for ever; null before the first number.';

create table _ledger_entries (
  index        bigint primary key,
  about        text not null,
  entry        text not null
);
create index _ledger_entries_about_idx on _ledger_entries (about, index);
comment on table _ledger_entries is 'The leaves, from index 0 without a gap. entry: canonical JSON, whose UTF-8 bytes are hashed; about: what it tells of, for look-ups.';

create table _ledger_tiles (
  level        smallint not null,
  tile         bigint not null,
  hashes       bytea not null check (length(hashes) between 32 and 8192 and length(hashes) % 32 = 0),
  primary key (level, tile)
);
comment on table _ledger_tiles is 'The hashes of the tree, as tlog-tiles cuts it: up to 256 hashes of 32 bytes; those of level n cover 256^n leaves each.';
