-- Ledgers of others that this installation is a witness for: how far it has seen each of them.

create table witnessed_ledgers (
  origin       text primary key,
  key          text not null,
  size         bigint not null default 0,
  root         bytea,
  checkpoint   text,
  added_at     timestamptz not null,
  added_by     text not null,
  seen_at      timestamptz
);
comment on table witnessed_ledgers is 'One row for each ledger that is witnessed. key: its key as tools take it; size, root, checkpoint: the newest tree that was cosigned, which everything later must continue; a row is locked while a checkpoint is judged, so that no two histories are ever cosigned.';
