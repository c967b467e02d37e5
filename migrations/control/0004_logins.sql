-- Logins that were given out for a client's governed views. Roles belong to the whole server, so whoever
-- removes a client must know which are its.

create table logins (
  login        text primary key,
  key          text not null references scopes,
  schema_name  text not null unique,
  made_at      timestamptz not null default now()
);
comment on table logins is 'A PostgreSQL login for each recipient that has views, and the schema in which they lie.';
