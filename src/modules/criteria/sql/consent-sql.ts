/**
 * Whether customers consent: to a purpose, by a channel, at an instant. Everything that asks asks here.
 *
 * A question is about all statements that cover it: on the purpose or one above it, on the channel or
 * on any. Of the statements on one purpose and channel, the one stated last stands, of those that have
 * begun. A customer consents when a grant stands that nothing speaks against:
 *
 * - a withdrawal speaks against grants on other things (a channel of its own, a narrower purpose counts
 *   for itself) unless they are narrower than it *and* were stated later: `no` to all marketing ends
 *   what was said before about newsletters, `yes` to all marketing does not bring back a `no` to them;
 * - a grant that has expired speaks against grants that are not narrower: who allowed e-mail for a year
 *   is not written to afterwards because they allowed everything else for ever.
 *
 * In doubt the answer is no.
 */

/** Whose consents, and to what: each member an SQL expression. */
export interface ConsentAsked {
  /** The table of the source records of customers, quoted. */
  readonly records: string;
  /** The `_id` of the one customer; left out: everybody. */
  readonly customer?: string | undefined;
  /** A fideslang data use key, as text. */
  readonly purpose: string;
  /** A text: one of the channels. */
  readonly channel: string;
  /** A timestamptz. */
  readonly at: string;
}

// Aliases begin with `_`, so that none of them hides what `customer` names.

/** The customers who consent, as a table of `_owner`, each once. */
export function consentingSql(asked: ConsentAsked): string {
  return (
    `with _standing as materialized (${standingSql(asked)}) ` +
    `select distinct _yes._owner from _standing _yes where _yes.holds and not exists (` +
    `select from _standing _no where _no._owner = _yes._owner and not _no.holds and not (${OVERRULED}))`
  );
}

/**
 * Whether the grant `_yes` stands against `_no`, which does not hold: it is narrower, and was stated
 * later than a withdrawal. All purposes here cover the same one, so the shorter of two is the broader.
 */
const OVERRULED =
  "length(_no.purpose) <= length(_yes.purpose) and _no.channel in ('any', _yes.channel) " +
  "and (_no.granted or (_no.stated_at, _no.statement) < (_yes.stated_at, _yes.statement))";

/** Whether the one customer consents: a boolean, never null. */
export function hasConsentSql(asked: ConsentAsked & { readonly customer: string }): string {
  return `exists (${consentingSql(asked)})`;
}

/**
 * The customers whose answer can change without a new statement, as a table of `_owner` and `flip`: the
 * first instant at which something begins or expires.
 */
export function consentFlipsSql(asked: ConsentAsked): string {
  const { at } = asked;
  return (
    `select _rec._id as _owner, ` +
    `min(case when _said.starts_at > ${at} then _said.starts_at else _said.expires_at end) as flip ` +
    `from ${coveringSql(asked)} and (_said.starts_at > ${at} or _said.expires_at > ${at}) ` +
    `group by _rec._id`
  );
}

/** Of all statements that cover the question the one stated last, as a table of `_owner` and what it says. */
export function newestStatementSql(asked: ConsentAsked): string {
  return (
    `select distinct on (_rec._id) _rec._id as _owner, ` +
    `_said.granted, _said.stated_at, _said.expires_at, _said.source ` +
    `from ${coveringSql(asked)} and _said.starts_at <= ${asked.at} ` +
    `order by _rec._id, _said.stated_at desc, _said.statement desc`
  );
}

/** What stands on each purpose and channel that covers the question: one row a customer and pair. */
function standingSql(asked: ConsentAsked): string {
  const { at } = asked;
  const pair = "_rec._id, _said.purpose, _said.channel";
  return (
    `select distinct on (${pair}) _rec._id as _owner, _said.purpose, _said.channel, ` +
    `_said.granted, _said.stated_at, _said.statement, ` +
    `_said.granted and (_said.expires_at is null or _said.expires_at > ${at}) as holds ` +
    `from ${coveringSql(asked)} and _said.starts_at <= ${at} ` +
    `order by ${pair}, _said.stated_at desc, _said.statement desc`
  );
}

/** All statements that cover the question, as `… where …`. */
function coveringSql({ records, customer, purpose, channel }: ConsentAsked): string {
  const whose = customer === undefined ? "" : `_rec._id = ${customer} and `;
  // Lists that are made once a statement, and equality: of `starts_with` the planner thinks
  // that it leaves next to nothing, and a million customers were looked up one by one.
  const parts = `string_to_array(${purpose}, '.')`;
  const above =
    `array(select array_to_string((${parts})[:_depth], '.') ` +
    `from generate_series(1, cardinality(${parts})) _depth)`;
  return (
    `_consents _said join ${records} _rec on _rec._record = _said.record where ${whose}` +
    `_said.channel in ('any', (select (${channel})::_consent_channel)) ` +
    `and _said.purpose = any(${above})`
  );
}
