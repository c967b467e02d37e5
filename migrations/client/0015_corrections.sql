-- Intakes whose changes are corrections: whoever was sent what was wrong has to hear of them.

create table _corrections (
  intake        bigint primary key,
  reason        text not null,
  noted_at      timestamptz not null,
  noted_by      text not null,
  customer      bigint not null default 0,
  registered_at timestamptz
);
comment on table _corrections is 'Intakes whose changes are corrections, noted in the transaction that publishes them. customer: the last of the changed customers, by id, for whom the recipients'' obligations stand; registered_at: since when they stand for all of them.';
create index _corrections_left_idx on _corrections (intake) where registered_at is null;
