-- When each scheduled route is due next. What is scheduled stands in the clients' definitions; this is
-- the memory of how far the clock has been followed, so that a restart neither misses nor doubles a run.

create table route_schedules (
  client       text not null,
  route        text not null,
  cron         text not null,
  time_zone    text not null,
  next_at      timestamptz,
  primary key (client, route)
);
comment on table route_schedules is 'The next run of each route that has a schedule. cron and time_zone: what next_at was computed from; next_at: null when the schedule has no further run.';
