/**
 * A record on its way out: the text form of each projected field, in the route's order. One form for all
 * formats, so that a commitment made from any of them is the same.
 *
 * | type | text form |
 * |---|---|
 * | text, enum | the text |
 * | integer | decimal digits, `-` before a negative |
 * | decimal(p,s) | decimal digits with exactly s digits after the point |
 * | boolean | `true` or `false` |
 * | date | `YYYY-MM-DD` |
 * | timestamp | `YYYY-MM-DDTHH:MM:SS.ffffffZ`, in UTC with microseconds |
 * | text-list | a list of texts |
 * | missing | null |
 */
export type TextForm = string | null | readonly string[];

/** The values of one record, in the order of the projection's fields. */
export type RecordValues = readonly TextForm[];
