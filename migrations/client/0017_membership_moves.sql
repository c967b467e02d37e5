-- Entries and exits that happen together and alike are one row, which holds everybody whom it moves: what
-- an import moves by the thousand are some hundreds of rows, in two indexes instead of four.

create table _membership_moves (
  change       bigint primary key,
  at           timestamptz not null,
  segment      integer not null,
  version      integer not null,
  entered      boolean not null,
  cause        _membership_cause not null,
  members      bigint[] not null,
  caused_by    bigint[],
  untils       timestamptz[]
);
create index _membership_moves_segment_idx on _membership_moves (segment, at);
comment on table _membership_moves is 'Every entry into a segment and every exit from it, except those of a switch to another version. Each has a number of the change log: the last of members has the number change, the one before it change − 1, and so on. caused_by: for each the newest change that led to it, 0 for none; null: none for any. untils: for each when time alone would change it again, infinity for never; null: never for any.';

create table _moved_members (
  member       bigint not null,
  first        bigint not null,
  last         bigint not null,
  primary key (member, last)
);
comment on table _moved_members is 'Where in _membership_moves a member is to be looked for: among the numbers first to last, which one transaction gave.';

insert into _membership_moves (change, at, segment, version, entered, cause, members, caused_by, untils)
select change, at, segment, version, entered, cause, array[member],
       case when caused_by is not null then array[caused_by] end,
       case when until is not null then array[until] end
  from _membership_history
 order by change;
insert into _moved_members (member, first, last)
select member, change, change from _membership_history order by member, change;
drop table _membership_history;

-- They stood in the change log a second time, where only the numbers are needed.
delete from _changes where kind in ('segment-entered', 'segment-left');

-- Whoever is evaluated has his row written anew, and files bring neighbours: with half of each page free, the
-- new versions find room beside the old ones, and no index has to be told.
alter table _members set (fillfactor = 50);
