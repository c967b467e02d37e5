-- Since when it is in the ledger that a recipient is late.

alter table _obligations add column overdue_noted_at timestamptz;
comment on column _obligations.overdue_noted_at is 'When the ledger was told that the recipient is late, once; null until then.';
