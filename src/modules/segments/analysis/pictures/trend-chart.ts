/** The size of a segment over time, with entries and exits below. */
import { countText } from "../counts-view.ts";
import type { Trend, TrendPoint } from "../trend.ts";
import type { PictureOptions } from "./overlap-matrix.ts";
import { MARGIN, rect, rounded, shortCount, svgFile, text, ticksTo, TOP } from "./svg.ts";

/** All lengths in pixels of the picture's own coordinates. */
const WIDTH = 860;
const PLOT = { left: 84, right: WIDTH - MARGIN } as const;
const SIZE = { top: TOP + 14, bottom: TOP + 214 } as const;
const MOVES = { top: SIZE.bottom + 24, bottom: SIZE.bottom + 124 } as const;
const FOOT = 50;
/** Room of a date below the axis. */
const LABEL = 92;

/** From instants and counts to places. */
interface Scale {
  readonly x: (at: Date) => number;
  readonly size: (members: number) => number;
  readonly moves: (members: number) => number;
  readonly sizeTicks: readonly number[];
  readonly moveTicks: readonly number[];
}

/** Draws a trend. An SVG that stands alone and says in words what it shows. */
export function trendSvg(trend: Trend, { title, view }: PictureOptions): string {
  const { points, step, timeZone } = trend;
  const [first, last] = [points[0], points.at(-1)];
  const entered = points.reduce((sum, point) => sum + point.entered, 0);
  const left = points.reduce((sum, point) => sum + point.left, 0);
  const nameOf = dateNames(trend);
  const ending =
    first === undefined || last === undefined
      ? "Nothing is known of this time"
      : `${countText(first.members, view)} members at the end of the first ${step}, ` +
        `${countText(last.members, view)} at the end of the last; ` +
        `${countText(entered, view)} entries, ${countText(left, view)} exits`;
  const frame = {
    title,
    subtitle: ending,
    description: `Members by ${step} from ${first ? nameOf(first.from) : "-"} to ${last ? nameOf(last.from) : "-"} (${timeZone}). ${ending}.`,
    width: WIDTH,
    height: MOVES.bottom + FOOT,
  };
  if (first === undefined || last === undefined) {
    return svgFile(frame, []);
  }
  const scale = scaleOf(trend, [first.from, last.to]);
  return svgFile(frame, [
    ...axes(scale),
    ...dates(points, scale, nameOf),
    ...course(trend, scale),
    ...versions(trend, scale),
    ...points.flatMap((point) => bars(point, scale, nameOf(point.from))),
    text({ x: PLOT.left, y: SIZE.top - 6, look: "soft" }, "members"),
    text({ x: PLOT.left, y: MOVES.top - 6, look: "soft" }, "entries ▲ and exits ▼"),
  ]);
}

function scaleOf(
  { points, before }: Pick<Trend, "points" | "before">,
  [from, to]: readonly [Date, Date],
): Scale {
  const sizeTicks = ticksTo(
    Math.max(before, ...points.map(({ members, began }) => Math.max(members, began))),
  );
  const moveTicks = ticksTo(Math.max(...points.flatMap(({ entered, left }) => [entered, left])));
  const span = Math.max(1, to.getTime() - from.getTime());
  const largest = sizeTicks.at(-1) ?? 1;
  const mostMoves = moveTicks.at(-1) ?? 1;
  return {
    x: (at) =>
      rounded(PLOT.left + ((at.getTime() - from.getTime()) / span) * (PLOT.right - PLOT.left)),
    size: (members) => rounded(SIZE.bottom - (members / largest) * (SIZE.bottom - SIZE.top)),
    moves: (members) => rounded((members / mostMoves) * ((MOVES.bottom - MOVES.top) / 2)),
    sizeTicks,
    moveTicks,
  };
}

const MIDDLE = (MOVES.top + MOVES.bottom) / 2;

function axes({ size, sizeTicks, moves, moveTicks }: Scale): readonly string[] {
  const line = (y: number, label: string): string =>
    `<path class="line" d="M${PLOT.left} ${y}H${PLOT.right}"/>` +
    text({ x: PLOT.left - 8, y: y + 4, look: "soft number" }, label);
  const most = moveTicks.at(-1) ?? 1;
  return [
    ...sizeTicks.map((tick) => line(size(tick), shortCount(tick))),
    line(MIDDLE - moves(most), shortCount(most)),
    line(MIDDLE, "0"),
    line(MIDDLE + moves(most), shortCount(most)),
  ];
}

/** Dates below, as many as there is room for. */
function dates(
  points: readonly TrendPoint[],
  { x }: Scale,
  nameOf: (at: Date) => string,
): readonly string[] {
  const room = Math.max(1, Math.floor((PLOT.right - PLOT.left) / LABEL));
  const every = Math.ceil(points.length / room);
  return points
    .filter((_, index) => index % every === 0)
    .map(({ from }) =>
      [
        `<path class="line" d="M${x(from)} ${MOVES.bottom}v6"/>`,
        text({ x: x(from), y: MOVES.bottom + 20, look: "soft" }, nameOf(from)),
      ].join(""),
    );
}

/**
 * The size where the first step begins and where each one ends, as a line with the area below it. Where
 * the segment begins within the first step, so does the line, with who was in then.
 */
function course(
  { points, since, before }: Pick<Trend, "points" | "since" | "before">,
  { x, size }: Scale,
): readonly string[] {
  const [first] = points;
  const start =
    first === undefined || first.began === 0
      ? { at: first?.from ?? since, members: before }
      : { at: first.from < since ? since : first.from, members: before + first.began };
  const places = [start, ...points.map(({ to, members }) => ({ at: to, members }))].map(
    ({ at, members }) => `${x(at)} ${size(members)}`,
  );
  const area = `M${x(start.at)} ${SIZE.bottom}L${places.join("L")}L${PLOT.right} ${SIZE.bottom}Z`;
  return [`<path class="under" d="${area}"/>`, `<path class="course" d="M${places.join("L")}"/>`];
}

/** When versions came into force. */
function versions({ versions: marks }: Trend, { x }: Scale): readonly string[] {
  return marks.map(({ version, at, archived }) =>
    [
      `<path class="mark" d="M${x(at)} ${SIZE.top}V${MOVES.bottom}"/>`,
      text(
        { x: Math.min(x(at) + 4, PLOT.right - 60), y: SIZE.top + 10, look: "soft" },
        archived ? "archived" : `version ${version}`,
      ),
    ].join(""),
  );
}

function bars(point: TrendPoint, { x, moves }: Scale, name: string): readonly string[] {
  const start = x(point.from);
  const width = Math.max(0.8, Math.min(28, (x(point.to) - start) * 0.7));
  const left = start + (x(point.to) - start - width) / 2;
  const tip = `${name}: ${point.entered} in, ${point.left} out, ${point.members} at the end`;
  const [up, down] = [moves(point.entered), moves(point.left)];
  const bar = { x: left, width };
  return [
    ...(up > 0 ? [rect({ ...bar, y: MIDDLE - up, height: up }, { look: "in", tip })] : []),
    ...(down > 0 ? [rect({ ...bar, y: MIDDLE, height: down }, { look: "out", tip })] : []),
  ];
}

/** How steps are called: days by their date, hours also by the time, in the trend's time zone. */
function dateNames({ timeZone, step }: Trend): (at: Date) => string {
  const format = new Intl.DateTimeFormat("en-US-u-ca-iso8601", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
    const date = `${part("year")}-${part("month")}-${part("day")}`;
    if (step === "hour") {
      return `${part("month")}-${part("day")} ${part("hour")}:${part("minute")}`;
    }
    return step === "month" ? date.slice(0, 7) : date;
  };
}
