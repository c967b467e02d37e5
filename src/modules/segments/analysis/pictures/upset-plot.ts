/** Exact intersections of segments: a bar for each combination, and below it which segments it is of. */
import { countText } from "../counts-view.ts";
import type { Upset, UpsetCombination } from "../overlap.ts";
import type { PictureOptions } from "./overlap-matrix.ts";
import {
  capitalised,
  MARGIN,
  rect,
  shortCount,
  shortened,
  svgFile,
  text,
  ticksTo,
  TOP,
} from "./svg.ts";

/** All lengths in pixels of the picture's own coordinates. */
const BARS = 180;
const COLUMN = 36;
const ROW = 26;
const SIZES = 110;
const LABELS = 170;
const LEFT = MARGIN + SIZES + LABELS;
const AXIS = 46;
const DOT = 6;

/**
 * Draws an UpSet plot (Lex et al., 2014). An SVG that stands alone and says in words what it shows. As
 * many columns as there are combinations in the answer: ask for some tens at most.
 */
export function upsetSvg(upset: Upset, { title, view }: PictureOptions): string {
  const { segments, combinations, others, subject } = upset;
  const bottom = TOP + BARS;
  const most = Math.max(1, ...combinations.map(({ members }) => members));
  const ticks = ticksTo(most);
  const top = ticks.at(-1) ?? 1;
  const right = LEFT + AXIS + combinations.length * COLUMN;
  const axis = ticks.map((tick) => {
    const y = bottom - (tick / top) * BARS;
    return [
      `<path class="line" d="M${LEFT + AXIS - 4} ${y}H${right}"/>`,
      text({ x: LEFT + AXIS - 10, y: y + 4, look: "soft number" }, shortCount(tick)),
    ].join("");
  });
  const rest =
    others.combinations === 0
      ? ""
      : `; ${countText(others.members, view)} in ${others.combinations} further combinations`;
  const tipOf = ({ segments: names, members }: UpsetCombination): string =>
    `${names.join(" and ")} only: ${countText(members, view)}`;
  const columns = combinations.map((one, index) => {
    const x = LEFT + AXIS + (index + 0.5) * COLUMN;
    const height = Math.max(1, (one.members / top) * BARS);
    const bar = { x: x - 11, y: bottom - height, width: 22, height };
    return [
      rect(bar, { look: "main", tip: tipOf(one) }),
      text({ x, y: bottom - height - 5, look: "small middle" }, shortCount(one.members)),
      ...dots(one, { x, top: bottom + 14, segments }),
    ].join("");
  });
  const frame = {
    title,
    subtitle: `${capitalised(subject)} in exactly these segments and in no other of them${rest}`,
    description: `${combinations.map(tipOf).join("; ") || "Nobody is in any of the segments"}${rest}.`,
    width: Math.max(520, right + MARGIN),
    height: bottom + 14 + segments.length * ROW + MARGIN,
  };
  return svgFile(frame, [...axis, ...sizes(upset, bottom + 14), ...columns]);
}

/** The segments with their sizes, as bars to the left. */
function sizes({ segments }: Upset, top: number): readonly string[] {
  const most = Math.max(1, ...segments.map(({ members }) => members));
  return segments.map(({ name, members }, index) => {
    const y = top + (index + 0.5) * ROW;
    const width = (members / most) * (SIZES - 44);
    const bar = { x: MARGIN + SIZES - width, y: y - 7, width, height: 14 };
    return [
      rect(bar, { look: "main", tip: `${name}: ${members.toLocaleString("en")}`, opacity: 0.45 }),
      text({ x: MARGIN + SIZES - width - 6, y: y + 4, look: "soft number" }, shortCount(members)),
      text({ x: MARGIN + SIZES + 10, y: y + 4 }, shortened(name, 22)),
    ].join("");
  });
}

interface Column {
  readonly x: number;
  readonly top: number;
  readonly segments: Upset["segments"];
}

/** Which segments a combination is of: full dots, joined by a line; the others pale. */
function dots(combination: UpsetCombination, { x, top, segments }: Column): readonly string[] {
  const rows = segments.map(({ name }, index) => ({
    y: top + (index + 0.5) * ROW,
    isIn: combination.segments.includes(name),
  }));
  const full = rows.filter(({ isIn }) => isIn);
  const [first, last] = [full[0], full.at(-1)];
  const line =
    first === undefined || last === undefined || first === last
      ? ""
      : `<path class="joint" d="M${x} ${first.y}V${last.y}"/>`;
  const circles = rows.map(
    ({ y, isIn }) => `<circle class="${isIn ? "main" : "none"}" cx="${x}" cy="${y}" r="${DOT}"/>`,
  );
  return [line, ...circles];
}
