-- The control plane knows which clients' schemas exist. It holds no client's data.

create table scopes (
  key          text primary key check (key ~ '^[a-z][a-z0-9-]{0,30}$'),
  schema_name  text not null unique,
  data_role    text not null unique,
  owner_role   text not null unique,
  created_at   timestamptz not null default now()
);
comment on table scopes is 'One client''s schema with its two roles.';
