/** What the pictures have in common: their frame, their colours, text, and axes. */

/** Pictures stand alone: no script, no font, no file beside them. They follow the reader's light or dark scheme. */
const STYLE = `
  .picture { --paper: #fff; --ink: #1c2127; --soft: #5c6670; --line: #dde1e5; --main: #2563a8; --in: #0f7b6c; --out: #b4472f; }
  @media (prefers-color-scheme: dark) {
    .picture { --paper: #14171a; --ink: #e8eaed; --soft: #a3acb5; --line: #30363c; --main: #74aef0; --in: #4fc3af; --out: #ef8a6f; }
  }
  .picture { font: 13px/1.3 system-ui, sans-serif; fill: var(--ink); }
  .picture .paper { fill: var(--paper); } .picture .soft { fill: var(--soft); font-size: 11px; }
  .picture .title { font-size: 17px; font-weight: 600; } .picture .small { font-size: 11px; } .picture .light { fill: var(--paper); }
  .picture .line { stroke: var(--line); fill: none; } .picture .mark { stroke: var(--soft); stroke-dasharray: 3 3; fill: none; }
  .picture .main { fill: var(--main); } .picture .in { fill: var(--in); } .picture .out { fill: var(--out); } .picture .none { fill: var(--line); }
  .picture .course { stroke: var(--main); stroke-width: 2; stroke-linejoin: round; fill: none; } .picture .under { fill: var(--main); opacity: 0.14; }
  .picture .joint { stroke: var(--main); stroke-width: 3; }
  .picture .number { text-anchor: end; font-variant-numeric: tabular-nums; } .picture .middle { text-anchor: middle; }
`;

export interface Frame {
  readonly title: string;
  /** A line below the title. */
  readonly subtitle: string;
  /** The whole picture in words, for who does not see it. */
  readonly description: string;
  /** Pixels of the picture's own coordinates. */
  readonly width: number;
  readonly height: number;
}

/** Where the drawing begins, below title and subtitle. */
export const TOP = 72;
export const MARGIN = 24;

/** A whole SVG file. */
export function svgFile(frame: Frame, drawing: readonly string[]): string {
  const { title, subtitle, description, width, height } = frame;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" aria-label="${escaped(title)}" aria-description="${escaped(description)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${width}" height="${height}" rx="8"/>`,
    text({ x: MARGIN, y: 34, look: "title" }, title),
    text({ x: MARGIN, y: 54, look: "soft" }, subtitle),
    ...drawing,
    "</svg>",
    "",
  ].join("\n");
}

/** Where a text stands, and classes of its look. */
export interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly look?: string | undefined;
  /** Degrees, clockwise. */
  readonly turned?: number | undefined;
}

export function text({ x, y, look, turned }: TextPlace, words: string): string {
  const styled = look === undefined || look === "" ? "" : ` class="${look}"`;
  const turn = turned === undefined ? "" : ` transform="rotate(${turned} ${x} ${y})"`;
  return `<text x="${x}" y="${y}"${styled}${turn}>${escaped(words)}</text>`;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle, with what it says when pointed at. */
export function rect(
  { x, y, width, height }: Box,
  { look, tip, opacity }: { look: string; tip: string; opacity?: number | undefined },
): string {
  const faded = opacity === undefined ? "" : ` fill-opacity="${rounded(opacity, 3)}"`;
  return `<rect class="${look}" x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(height)}"${faded}><title>${escaped(tip)}</title></rect>`;
}

/** Ticks of an axis from zero to at least `most`: whole numbers that people count in, at most six. */
export function ticksTo(most: number): readonly number[] {
  const rough = Math.max(most, 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * power >= rough) ?? 10;
  const distance = Math.max(1, factor * power);
  const count = Math.ceil(Math.max(most, 1) / distance);
  return Array.from({ length: count + 1 }, (_, index) => index * distance);
}

/** A count in few characters: `950`, `12.5k`, `3M`. */
export function shortCount(count: number): string {
  const [unit, letter] = count >= 1e6 ? [1e6, "M"] : count >= 1e4 ? [1e3, "k"] : [1, ""];
  return `${(count / unit).toLocaleString("en", { maximumFractionDigits: 1 })}${letter}`;
}

export function percent(share: number): string {
  const hundredths = share * 100;
  return hundredths > 0 && hundredths < 1 ? "<1%" : `${Math.round(hundredths)}%`;
}

export function rounded(length: number, digits = 1): number {
  return Number(length.toFixed(digits));
}

export function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** At most so many characters. */
export function shortened(words: string, most: number): string {
  const characters = [...words];
  return characters.length <= most ? words : `${characters.slice(0, most - 1).join("")}…`;
}

/** What XML cannot hold at all, escaped or not. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/gu;

export function escaped(words: string): string {
  return words
    .toWellFormed()
    .replaceAll(UNPRINTABLE, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
