/**
 * Entries and exits as they lie in `_membership_moves`: those of one transaction that are alike, by segment,
 * version, direction and cause, are one row with all their members.
 */

/**
 * The moves of rows `h` of `_membership_moves` one by one, for the `from` of a statement: as `move (change,
 * member, caused_by, until)`, with null for no cause and for never. The numbers of a row end with its own.
 */
export const EACH_MOVE = `cross join lateral (
        select h.change - cardinality(h.members) + place as change, member, nullif(caused_by, 0) as caused_by,
               nullif(until, 'infinity') as until
          from unnest(h.members, h.caused_by, h.untils) with ordinality each (member, caused_by, until, place)) move`;
