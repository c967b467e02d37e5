/** The overlap of segments two by two, as a table of shares. */
import { countText, type CountsView } from "../counts-view.ts";
import type { Overlap, OverlapPair } from "../overlap.ts";
import { MARGIN, percent, rect, shortCount, shortened, svgFile, text, TOP } from "./svg.ts";

export interface PictureOptions {
  readonly title: string;
  readonly view: CountsView;
}

/** With more segments than this the cells have no room for numbers. */
const MOST_WITH_NUMBERS = 24;
const LABELS = 200;
const HEADS = 120;
/** From this share on the cell is so dark that its number is light. */
const DARK = 0.55;

/** One cell: how much of the row's segment is in the column's. */
interface Cell {
  readonly row: number;
  readonly column: number;
  readonly share: number;
  readonly tip: string;
}

/**
 * Draws the matrix: the row's segment, and the darker the cell, the more of its members are in the
 * column's segment too. An SVG that stands alone and says in words what it shows.
 */
export function overlapSvg(overlap: Overlap, { title, view }: PictureOptions): string {
  const { segments, subject, pairs } = overlap;
  const hasNumbers = segments.length <= MOST_WITH_NUMBERS;
  const size = hasNumbers ? 44 : 14;
  const left = MARGIN + LABELS;
  const top = TOP + HEADS;
  const small = hasNumbers ? "" : "small";
  const heads = segments.map(({ name }, index) =>
    text(
      { x: left + (index + 0.5) * size + 4, y: top - 8, look: small, turned: -45 },
      shortened(name, 22),
    ),
  );
  const rows = segments.map(({ name, members }, index) =>
    text(
      { x: left - 10, y: top + (index + 0.5) * size + 4, look: `number ${small}`.trim() },
      `${shortened(name, 18)} · ${shortOf(members, view)}`,
    ),
  );
  const cells = cellsOf(overlap, view).map((cell) => drawn(cell, { left, top, size, hasNumbers }));
  const width = Math.max(520, left + segments.length * size + HEADS);
  const frame = {
    title,
    subtitle: `How much of the row’s ${subject} is in the column’s segment too`,
    description: descriptionOf(pairs, view),
    width,
    height: top + segments.length * size + MARGIN,
  };
  return svgFile(frame, [...heads, ...rows, ...cells]);
}

function cellsOf({ segments, pairs }: Overlap, view: CountsView): readonly Cell[] {
  const places = new Map(segments.map(({ name }, index) => [name, index]));
  const own = segments.map(({ name, members }, index): Cell => ({
    row: index,
    column: index,
    share: members > 0 ? 1 : 0,
    tip: `${name}: ${countText(members, view)}`,
  }));
  const shared = pairs.flatMap((pair): Cell[] => {
    const [row, column] = [places.get(pair.left) ?? 0, places.get(pair.right) ?? 0];
    const tip = sentenceOf(pair, view);
    return [
      { row, column, share: pair.shareOfLeft, tip },
      { row: column, column: row, share: pair.shareOfRight, tip },
    ];
  });
  return [...own, ...shared];
}

interface Grid {
  readonly left: number;
  readonly top: number;
  readonly size: number;
  readonly hasNumbers: boolean;
}

function drawn({ row, column, share, tip }: Cell, { left, top, size, hasNumbers }: Grid): string {
  const [x, y] = [left + column * size, top + row * size];
  const box = { x: x + 1, y: y + 1, width: size - 2, height: size - 2 };
  const cell =
    share === 0
      ? rect(box, { look: "none", tip, opacity: 0.35 })
      : rect(box, { look: "main", tip, opacity: 0.08 + share * 0.92 });
  const look = `small middle${share >= DARK ? " light" : ""}`;
  const number = text({ x: x + size / 2, y: y + size / 2 + 4, look }, percent(share));
  return hasNumbers && row !== column ? cell + number : cell;
}

/** A description names the pairs that have most in common, not thousands. */
const MOST_DESCRIBED = 10;

function descriptionOf(pairs: readonly OverlapPair[], view: CountsView): string {
  const closest = pairs
    .filter(({ both }) => both > 0)
    .toSorted((a, b) => b.jaccard - a.jaccard)
    .slice(0, MOST_DESCRIBED);
  return closest.length === 0
    ? "No two of the segments have members in common."
    : `The pairs with most in common: ${closest.map((pair) => sentenceOf(pair, view)).join("; ")}.`;
}

function sentenceOf(pair: OverlapPair, view: CountsView): string {
  const { left, right, both, shareOfLeft, shareOfRight, jaccard } = pair;
  return (
    `${left} and ${right}: ${countText(both, view)} in both, ${percent(shareOfLeft)} of ${left}, ` +
    `${percent(shareOfRight)} of ${right}, Jaccard ${jaccard.toFixed(2)}`
  );
}

function shortOf(count: number, view: CountsView): string {
  return view.kind === "counts" && count < view.minimum
    ? countText(count, view)
    : shortCount(count);
}
