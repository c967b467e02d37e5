-- Consents: what customers agreed to and took back, as they stated it.

create type _consent_channel as enum ('any', 'email', 'phone', 'sms', 'post');

create table _consents (
  statement    bigint generated always as identity primary key,
  record       bigint not null,
  purpose      text collate "C" not null,
  channel      _consent_channel not null,
  granted      boolean not null,
  stated_at    timestamptz not null,
  starts_at    timestamptz not null,
  expires_at   timestamptz,
  source       text not null,
  proof        text,
  proof_sha256 bytea,
  recorded_at  timestamptz not null,
  recorded_by  text not null,
  constraint _consents_once unique nulls not distinct
    (record, purpose, channel, stated_at, granted, starts_at, expires_at),
  constraint _consents_in_order check (starts_at >= stated_at and expires_at > starts_at),
  constraint _consents_withdrawn_for_good check (granted or expires_at is null)
);
comment on table _consents is 'Statements of customers, append-only: of those on a purpose and channel the one stated last stands. record: the source record of whoever stated it, with which it moves when customers are merged and split; starts_at: from when; source: where it was stated; proof: what shows it, and recorded_by who wrote it down.';
