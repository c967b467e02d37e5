-- Rows that were refused hold every value as it came, those of sealed fields too: where a dataset has
-- such fields, the bytes rest sealed under the key of their intake.
alter table _quarantine add column is_sealed boolean not null default false;
comment on column _quarantine.is_sealed is 'The original is sealed under the key of its intake (docs/sealed-fields.md).';
