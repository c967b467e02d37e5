-- Where the clock was set back: instants that happened twice.

create table _clock_setbacks (
  change       bigint primary key,
  back_to      timestamptz not null,
  gone_from    timestamptz not null check (back_to < gone_from)
);
comment on table _clock_setbacks is 'The clock of memberships was set back: of the instants from back_to up to gone_from there are two histories, and of none of them can be said who was in a segment. change: the newest followed then.';
