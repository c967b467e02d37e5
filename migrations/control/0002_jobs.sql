-- Jobs as people see them. The queue itself is graphile-worker's, in its own schema.

create table job_workers (
  worker       integer generated always as identity primary key,
  host         text not null,
  started_at   timestamptz not null default now(),
  queue_name   text
);
comment on table job_workers is 'A process that runs jobs holds the advisory lock of its number as long as it lives. queue_name: the name under which it locks jobs in the queue.';

create table job_runs (
  job          bigint generated always as identity primary key,
  name         text not null,
  client       text,
  key          text,
  state        text not null default 'queued' check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  progress     jsonb,
  attempt      integer not null default 0,
  max_attempts integer not null check (max_attempts > 0),
  worker       integer,
  error_code   text,
  error_message text,
  created_at   timestamptz not null default now(),
  started_at   timestamptz,
  finished_at  timestamptz,
  cancel_requested_at timestamptz,
  constraint job_runs_finished check ((state in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null))
);
comment on table job_runs is 'One task that was asked for, through all its attempts. progress: {done, total, unit}; key: at most one unfinished run of a name has it.';
create unique index job_runs_key_idx on job_runs (name, key) where state in ('queued', 'running');
create index job_runs_unfinished_idx on job_runs (worker) where state = 'running';
