/** What commands on segments print for people. */
import type { Explanation } from "../../modules/criteria/index.ts";
import {
  countText,
  type CountsView,
  type ExpectedMove,
  type Forecast,
  type KeptMembership,
  type Membership,
  type Pin,
  type SegmentState,
} from "../../modules/segments/index.ts";
import { type Cell, renderFacts, renderTable, showCell } from "./table.ts";

/** What leads to entries and exits, in words. */
export const CAUSES = {
  change: "something changed",
  time: "by time alone",
  pin: "by hand",
  repair: "repaired",
  version: "by a new version",
} as const;

interface MembershipQuestion {
  readonly segment: string;
  readonly member: bigint;
  readonly asOf: Date;
}

/** The answer in sentences, and the whole condition below it. */
export function renderMembership(
  { member: isMember, until, explanation, kept, pin }: Membership,
  { segment, member, asOf }: MembershipQuestion,
): string {
  const holds =
    until === undefined
      ? "time alone does not change that"
      : `that holds until ${showCell(until)} unless something happens`;
  return [
    `${member} is ${isMember ? "in" : "not in"} ${segment} as of ${showCell(asOf)}; ${holds}`,
    ...(kept === undefined ? [] : [keptSentence(kept)]),
    ...(pin === undefined ? [] : [pinSentence(pin, asOf)]),
    "",
    ...explanationLines(explanation),
  ].join("\n");
}

function keptSentence({ since, move, version }: KeptMembership): string {
  if (move === undefined) {
    return `it has been so since the segment is followed, ${showCell(since)}; version ${version}`;
  }
  const by = move.causedBy === null ? "" : `, change ${move.causedBy}`;
  return `it has been so since ${showCell(since)}: ${CAUSES[move.cause]}${by}; version ${version}`;
}

function pinSentence({ direction, pinnedBy, expiresAt, reason }: Pin, asOf: Date): string {
  const verb = expiresAt !== null && expiresAt <= asOf ? "was pinned" : "is pinned";
  const end = expiresAt === null ? "" : ` until ${showCell(expiresAt)}`;
  return `it ${verb} ${direction} by ${pinnedBy}${end}${reason === null ? "" : `: ${reason}`}`;
}

const MARKS = { true: "✓", false: "✗", missing: "?" } as const;

/** The tree of conditions, one a line, with what each found. */
function explanationLines(node: Explanation, depth = 0): string[] {
  const actual = node.actual
    .map(({ label, value }) => `${label}: ${value ?? "no value"}`)
    .join(", ");
  const line = `${"  ".repeat(depth)}${MARKS[node.truth]} ${node.sentence}${actual === "" ? "" : `   (${actual})`}`;
  return [line, ...node.children.flatMap((child) => explanationLines(child, depth + 1))];
}

/** How a segment stands, in words. */
export function stateText(state: SegmentState): string {
  switch (state.kind) {
    case "filling":
      return `filling ${Math.floor(100 * state.share)} %`;
    case "refused":
    case "unfit":
      return `${state.kind}: ${state.reason}`;
    default:
      return state.kind;
  }
}

/** What time alone will do, soonest first. */
export function renderForecast(
  { segment, from, to, members, entering, leaving }: Forecast,
  view: CountsView,
): string {
  return [
    renderFacts([
      [showCell(from), countCell(members.now, view)],
      [showCell(to), countCell(members.then, view)],
    ]),
    ...expectedLines(`will enter ${segment}`, entering, view),
    ...expectedLines(`will leave ${segment}`, leaving, view),
  ].join("\n");
}

function expectedLines(
  what: string,
  { count, first }: Forecast["entering"],
  view: CountsView,
): string[] {
  if (view.kind === "counts") {
    return ["", `${countText(count, view)} ${what} by time alone`];
  }
  if (count === 0) {
    return ["", `nobody ${what} by time alone`];
  }
  const table = renderTable<ExpectedMove>(first, [
    { head: "member", cell: ({ member }) => member.toString() },
    { head: "at", cell: ({ at }) => at },
  ]);
  const rest = count - first.length;
  const more = rest === 0 ? [] : [`and ${showCell(rest)} more`];
  return ["", `${showCell(count)} ${what}:`, table, ...more];
}

/** What one row of a dataset is called: `customers` → `customer`. */
export function oneOf(dataset: string): string {
  return dataset.endsWith("ies") ? `${dataset.slice(0, -3)}y` : dataset.replace(/s$/u, "");
}

/** A count as whoever asks may see it, for a table. */
export function countCell(count: number, view: CountsView): Cell {
  return view.kind === "everything" ? count : countText(count, view);
}

/** The same of a size that may be unknown, or too large for a number. */
export function sizeCell(size: bigint | number | undefined, view: CountsView): Cell {
  return size === undefined || view.kind === "everything" ? size : countText(Number(size), view);
}

/** A share between 0 and 1: `12.5 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
