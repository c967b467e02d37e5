-- Witnesses: others who vouch that a ledger continues everything that they have seen of it.

create table _ledger_witnesses (
  name         text primary key,
  key          text not null,
  url          text not null,
  added_at     timestamptz not null,
  added_by     text not null
);
comment on table _ledger_witnesses is 'Who is asked to cosign checkpoints. key: as tools take it, name+id+base64; url: the address under which add-checkpoint is.';

create table _ledger_cosignatures (
  size         bigint not null,
  witness      text not null,
  line         text not null,
  at           timestamptz not null,
  primary key (size, witness)
);
comment on table _ledger_cosignatures is 'What witnesses have said: for the checkpoint of a tree of so many entries, the line of signature that each adds.';
