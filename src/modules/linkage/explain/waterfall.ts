/** The score of a pair as a picture: where it begins, what moves it, where it ends. */
import type { Model } from "../model/model.ts";
import type { PairScore } from "../scoring/score-pair.ts";
import { probabilityOfWeight } from "../model/odds.ts";
import { explanationRows } from "./rows.ts";
import type { ExplanationRow } from "./rows.ts";
import { SILENT_WEIGHT, shownProbability, shownShare, shownWeight } from "./wording.ts";

export interface WaterfallOptions {
  readonly title: string;
}

/** All lengths in pixels of the picture's own coordinates. */
const WIDTH = 860;
const LABELS = 322;
const PLOT = { left: 350, right: 770 } as const;
const TOP = 92;
const ROW = 40;
const BAR = 16;
const FOOT = 48;

const STYLE = `
  .waterfall { --paper: #fff; --ink: #1c2127; --soft: #5c6670; --line: #dde1e5; --for: #0f7b6c; --against: #b4472f; --whole: #4b5563; }
  @media (prefers-color-scheme: dark) {
    .waterfall { --paper: #14171a; --ink: #e8eaed; --soft: #a3acb5; --line: #30363c; --for: #4fc3af; --against: #ef8a6f; --whole: #9aa4af; }
  }
  .waterfall { font: 13px/1.3 system-ui, sans-serif; fill: var(--ink); }
  .waterfall .paper { fill: var(--paper); } .waterfall .soft { fill: var(--soft); font-size: 11px; }
  .waterfall .title { font-size: 17px; font-weight: 600; } .waterfall .strong { font-weight: 600; }
  .waterfall .line { stroke: var(--line); } .waterfall .even { stroke: var(--soft); stroke-dasharray: 3 3; }
  .waterfall .for { fill: var(--for); } .waterfall .against { fill: var(--against); } .waterfall .whole { fill: var(--whole); }
  .waterfall .number { text-anchor: end; font-variant-numeric: tabular-nums; } .waterfall .middle { text-anchor: middle; }
`;

/** A bar from one running weight to the next. */
interface Step {
  readonly label: string;
  readonly detail: string;
  readonly from: number;
  readonly to: number;
  /** Silent ones have no bar. */
  readonly look: "for" | "against" | "whole" | "silent";
  readonly shown: string;
}

/**
 * Draws the score as a waterfall: an SVG that stands alone, follows the reader's light or dark scheme,
 * and says in words, for who does not see it, what it shows. Values of the records are in it.
 */
export function waterfallSvg(model: Model, score: PairScore, { title }: WaterfallOptions): string {
  const rows = explanationRows(model, score).filter(
    ({ kind, weight }) => kind === "comparison" || Math.abs(weight) >= SILENT_WEIGHT,
  );
  const steps = stepsOf(rows, score);
  const scale = scaleOf(steps);
  const height = TOP + steps.length * ROW + FOOT;
  const bottom = TOP + steps.length * ROW;
  const ending =
    `Probability that the two are the same: ${shownProbability(score.probability)} ` +
    `(weight ${shownWeight(score.weight)})`;
  const description = `${ending}. ${steps.map((step) => `${step.label}: ${step.shown}`).join("; ")}.`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="waterfall" role="img" aria-label="${escaped(title)}" aria-description="${escaped(description)}" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}" rx="8"/>`,
    text({ x: 24, y: 34, look: "title" }, shortened(title, 80)),
    text({ x: 24, y: 54, look: "soft" }, ending),
    ...axis(scale, bottom),
    ...steps.map((step, index) => drawn(step, { index, steps, scale })),
    "</svg>",
    "",
  ].join("\n");
}

function stepsOf(rows: readonly ExplanationRow[], score: PairScore): readonly Step[] {
  let running = 0;
  const moves = rows.map((row): Step => {
    const from = running;
    running += row.weight;
    return {
      label: capitalised(row.subject),
      detail: detailOf(row),
      from,
      to: running,
      look: lookOf(row),
      shown: row.isMissing ? "no value" : shownWeight(row.weight),
    };
  });
  const ending: Step = {
    label: "Together",
    detail: `probability ${shownProbability(score.probability)}`,
    from: 0,
    to: score.weight,
    look: "whole",
    shown: shownWeight(score.weight),
  };
  return [...moves, ending];
}

function lookOf({ kind, weight, isMissing }: ExplanationRow): Step["look"] {
  if (kind === "prior") {
    return "whole";
  }
  if (isMissing || Math.abs(weight) < SILENT_WEIGHT) {
    return "silent";
  }
  return weight < 0 ? "against" : "for";
}

function detailOf(row: ExplanationRow): string {
  switch (row.kind) {
    case "prior":
      return `the same: ${shownShare(probabilityOfWeight(row.weight), "pairs")}`;
    case "factor":
      return "what they say twice, or more than alone";
    case "related":
      return "housemates would agree on it too";
    case "comparison": {
      const sides = [row.left ?? "–", row.right ?? "–"].map((side) => shortened(side, 22));
      const values = row.left === row.right ? sides.slice(0, 1) : sides;
      return `${row.outcome ?? ""} · ${values.join(" / ")}`;
    }
  }
}

/** From weights to the horizontal place, with the weights that are marked. */
interface Scale {
  readonly at: (weight: number) => number;
  readonly marks: readonly number[];
}

/** Distances between marks that people count in. */
const DISTANCES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
const MOST_MARKS = 8;

function scaleOf(steps: readonly Step[]): Scale {
  const weights = steps.flatMap(({ from, to }) => [from, to]);
  const least = Math.min(...weights);
  const most = Math.max(...weights);
  const distance = DISTANCES.find((one) => (most - least) / one < MOST_MARKS) ?? most - least;
  const first = Math.floor(least / distance);
  const last = Math.max(first + 1, Math.ceil(most / distance));
  const marks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * distance);
  const width = (last - first) * distance;
  const at = (weight: number): number =>
    rounded(PLOT.left + ((weight - first * distance) / width) * (PLOT.right - PLOT.left));
  return { at, marks };
}

function axis({ at, marks }: Scale, bottom: number): readonly string[] {
  const lines = marks.map((mark) => {
    const x = at(mark);
    const look = mark === 0 ? "even" : "line";
    return [
      `<path class="${look}" d="M${x} ${TOP - 8}V${bottom + 6}"/>`,
      text({ x, y: TOP - 16, look: "soft middle" }, shortProbability(mark)),
      text({ x, y: bottom + 22, look: "soft middle" }, mark === 0 ? "0" : markText(mark)),
    ].join("");
  });
  return [
    ...lines,
    text({ x: LABELS, y: TOP - 16, look: "soft number" }, "probability"),
    text({ x: LABELS, y: bottom + 22, look: "soft number" }, "weight (log2 of the odds)"),
  ];
}

function markText(mark: number): string {
  return mark < 0 ? `−${-mark}` : `+${mark}`;
}

/** In the room of a mark: percentages, and powers of ten where these are too small. */
function shortProbability(weight: number): string {
  const probability = probabilityOfWeight(weight);
  if (probability < 0.01) {
    const [digit = "", power = ""] = probability.toExponential(0).split("e-");
    return `${digit === "1" ? "" : `${digit}·`}10⁻${superscript(power)}`;
  }
  return probability < 0.9999 ? shownProbability(probability) : `1−${shortProbability(-weight)}`;
}

function superscript(digits: string): string {
  return [...digits].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(Number(digit))).join("");
}

function drawn(
  step: Step,
  { index, steps, scale }: { index: number; steps: readonly Step[]; scale: Scale },
): string {
  const top = TOP + index * ROW;
  const middle = top + ROW / 2;
  const [start, end] = [scale.at(step.from), scale.at(step.to)];
  const width = rounded(Math.max(1.5, Math.abs(end - start)));
  const isLast = index === steps.length - 1;
  const next = isLast ? "" : `<path class="line" d="M${end} ${middle}V${middle + ROW}"/>`;
  const rule = isLast ? `<path class="line" d="M24 ${top}H${WIDTH - 24}"/>` : "";
  const isSilent = step.look === "silent";
  const name = isLast || index === 0 ? "strong" : "";
  const bar = `<rect class="${step.look}" x="${rounded(Math.min(start, end))}" y="${middle - BAR / 2}" width="${width}" height="${BAR}" rx="2"/>`;
  return [
    `<g><title>${escaped(`${step.label}: ${step.detail}: ${step.shown}`)}</title>`,
    rule,
    next,
    text({ x: 24, y: middle - 2, look: name }, shortened(step.label, 44)),
    text({ x: 24, y: middle + 13, look: "soft" }, shortened(step.detail, 58)),
    isSilent ? "" : bar,
    text(
      { x: WIDTH - 24, y: middle + 4, look: `number ${isSilent ? "soft" : name}`.trim() },
      step.shown,
    ),
    "</g>",
  ].join("");
}

function text(
  { x, y, look }: { readonly x: number; readonly y: number; readonly look: string },
  content: string,
): string {
  const styled = look === "" ? "" : ` class="${look}"`;
  return `<text x="${x}" y="${y}"${styled}>${escaped(content)}</text>`;
}

function rounded(length: number): number {
  return Math.round(length * 10) / 10;
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function shortened(words: string, most: number): string {
  const characters = [...words];
  return characters.length <= most ? words : `${characters.slice(0, most - 1).join("")}…`;
}

/** What XML cannot hold at all, escaped or not. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/gu;

function escaped(words: string): string {
  return words
    .toWellFormed()
    .replaceAll(UNPRINTABLE, "�")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
