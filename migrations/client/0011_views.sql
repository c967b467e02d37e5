-- Governed SQL views: what a recipient with a login of its own sees.

create table _views (
  view          integer generated always as identity primary key,
  name          text not null unique,
  login         text not null unique,
  schema_name   text not null unique,
  recipient     text not null,
  purpose       text not null,
  datasets      text[] not null,
  granted_at    timestamptz not null,
  granted_by    text not null,
  policy_sha256 text,
  refreshed_at  timestamptz not null
);
comment on table _views is 'One login with its views. datasets: those it was granted; policy_sha256: the policies that the views were made from, null while they show nothing.';

create table _view_values (
  view         integer not null references _views on delete cascade,
  number       integer not null,
  value        text,
  bytes        bytea,
  primary key (view, number)
);
comment on table _view_values is 'The values of the views'' conditions and forms. Everybody on the server can read the definition of a view, so no value stands in one: the views look them up here, with the rights of their owner.';
