/** How segments overlap: two by two, and exactly (who is in these and in no other). */
import { InvalidInputError } from "../../../kernel/index.ts";
import type { SegmentClient } from "../segments.ts";
import { selectInForce, type SegmentInForce } from "../store/analysis.ts";
import { Combinations, readImage, slotBitmap, type MemberImage } from "../store/image.ts";
import { sizeOf, sizeOfBoth } from "./bitmap.ts";
import { shownParts, type CountsView } from "./counts-view.ts";

/** More would not fit any screen, and pairs grow with the square. */
export const MOST_OVERLAPPED = 250;

/** With more, people who see counts only would see next to nothing: most combinations have too few members. */
export const MOST_OVERLAPPED_IN_COUNTS = 10;

export interface OverlapQuestion {
  /** Segments of one subject; without names every segment of `subject` that is in force. */
  readonly names?: readonly string[] | undefined;
  /** The dataset whose rows are the members; default: that of the first name, or else the customers. */
  readonly subject?: string | undefined;
  readonly view: CountsView;
}

/** Two segments beside each other. Shares are 0 to 1, and 0 where there is nobody to have a share. */
export interface OverlapPair {
  readonly left: string;
  readonly right: string;
  /** Members of both. */
  readonly both: number;
  /** `both` as a share of the left one's members, and of the right one's. */
  readonly shareOfLeft: number;
  readonly shareOfRight: number;
  /** `both` as a share of those in at least one (Jaccard, 1901). */
  readonly jaccard: number;
}

export interface Overlap {
  readonly subject: string;
  readonly segments: readonly { readonly name: string; readonly members: number }[];
  /** Every pair once, the left one before the right one in the order of `segments`. */
  readonly pairs: readonly OverlapPair[];
}

/** Who is in exactly these of the segments asked about. */
export interface UpsetCombination {
  readonly segments: readonly string[];
  readonly members: number;
}

/** Exact intersections (Lex et al., UpSet, IEEE TVCG 2014): every member is in exactly one. */
export interface Upset {
  readonly subject: string;
  readonly segments: readonly { readonly name: string; readonly members: number }[];
  /** Largest first. */
  readonly combinations: readonly UpsetCombination[];
  /** Combinations beyond the limit, and how many members are in one of them. */
  readonly others: { readonly combinations: number; readonly members: number };
}

/**
 * Every pair of a set of segments, as stored.
 * @throws NotFoundError `segment-not-found`
 * @throws ConflictError `segment-filling`
 * @throws InvalidInputError `overlap-subjects` or `overlap-size`
 */
export async function overlap(client: SegmentClient, question: OverlapQuestion): Promise<Overlap> {
  const { image, subject, segments } = await readSegments(client, question);
  const shared =
    question.view.kind === "everything"
      ? sharedByBits(image, segments)
      : sharedByParts(image, segments, question.view);
  const sizes = segments.map((_, index) => shared(index, index));
  const pairs = segments.flatMap((left, index) =>
    segments.slice(index + 1).map((right, offset) => {
      const other = index + 1 + offset;
      const both = shared(index, other);
      const [leftSize, rightSize] = [sizes[index] ?? 0, sizes[other] ?? 0];
      return {
        left: left.name,
        right: right.name,
        both,
        shareOfLeft: share(both, leftSize),
        shareOfRight: share(both, rightSize),
        jaccard: share(both, leftSize + rightSize - both),
      };
    }),
  );
  return { subject, segments: sized(segments, sizes), pairs };
}

/**
 * Exact intersections of a set of segments, the `limit` largest of them.
 * @throws as {@link overlap}
 */
export async function upset(
  client: SegmentClient,
  question: OverlapQuestion & { readonly limit: number },
): Promise<Upset> {
  const { image, subject, segments } = await readSegments(client, question);
  const parts = shownCombinations(image, segments, question.view);
  const sizes = new Float64Array(segments.length);
  for (const { positions, members } of parts) {
    for (const position of positions()) {
      sizes[position] = (sizes[position] ?? 0) + members;
    }
  }
  const largest = parts.toSorted((left, right) => right.members - left.members);
  const rest = largest.slice(question.limit);
  return {
    subject,
    segments: sized(segments, sizes),
    combinations: largest.slice(0, question.limit).map(({ positions, members }) => ({
      segments: positions().map((position) => segments[position]?.name ?? ""),
      members,
    })),
    others: {
      combinations: rest.length,
      members: rest.reduce((sum, { members }) => sum + members, 0),
    },
  };
}

interface AskedSegments {
  readonly image: MemberImage;
  readonly subject: string;
  readonly segments: readonly SegmentInForce[];
}

async function readSegments(
  client: SegmentClient,
  { names, subject, view }: OverlapQuestion,
): Promise<AskedSegments> {
  const most = view.kind === "counts" ? MOST_OVERLAPPED_IN_COUNTS : MOST_OVERLAPPED;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const found = await selectInForce(tx, names && [...new Set(names)]);
      const wanted = subject ?? subjectOf(client, found, names !== undefined);
      const segments = found.filter((one) => names !== undefined || one.subject === wanted);
      checkAsked(segments, { subject: wanted, most });
      const slots = Math.max(0, ...segments.map(({ slot }) => slot + 1));
      const image = await readImage(tx, { subject: segments[0]?.subjectId ?? 0, slots });
      return { image, subject: wanted, segments };
    },
    { readOnly: true, isolation: "repeatable read", statementTimeoutMs: 600_000 },
  );
}

function subjectOf(
  { catalogue }: SegmentClient,
  found: readonly SegmentInForce[],
  isNamed: boolean,
): string {
  const customers = catalogue.datasets.find(({ kind }) => kind === "customer")?.name;
  return (isNamed ? found[0]?.subject : customers) ?? customers ?? "";
}

function checkAsked(
  segments: readonly SegmentInForce[],
  { subject, most }: { readonly subject: string; readonly most: number },
): void {
  const foreign = segments.find((one) => one.subject !== subject);
  if (foreign !== undefined) {
    const message = `segment ${JSON.stringify(foreign.name)} is about ${foreign.subject}, not about ${subject}`;
    throw new InvalidInputError("overlap-subjects", message, [], {
      hint: "only segments about the same dataset can have members in common",
    });
  }
  if (segments.length > most) {
    const message = `the overlap of ${segments.length} segments was asked for; ${most} are possible`;
    throw new InvalidInputError("overlap-size", message, [], { hint: "name those you mean" });
  }
}

/** How many are in both of two positions; of one and the same, its size. */
type Shared = (left: number, right: number) => number;

/** Pairs by the bits of everybody, which cost the same whatever the numbers of combinations. */
function sharedByBits(image: MemberImage, segments: readonly SegmentInForce[]): Shared {
  const bitmaps = segments.map(({ slot }) => slotBitmap(image, slot));
  const nobody = new Uint32Array();
  return (left, right) =>
    left === right
      ? sizeOf(bitmaps[left] ?? nobody)
      : sizeOfBoth(bitmaps[left] ?? nobody, bitmaps[right] ?? nobody);
}

/** Pairs by the parts that may be shown, so that all numbers of the answer are made of these. */
function sharedByParts(
  image: MemberImage,
  segments: readonly SegmentInForce[],
  view: CountsView,
): Shared {
  const width = segments.length;
  const matrix = new Float64Array(width * width);
  for (const part of shownCombinations(image, segments, view)) {
    const positions = part.positions();
    for (const left of positions) {
      for (const right of positions) {
        const place = left * width + right;
        matrix[place] = (matrix[place] ?? 0) + part.members;
      }
    }
  }
  return (left, right) => matrix[left * width + right] ?? 0;
}

/** A combination of the segments asked about. */
interface ShownCombination {
  /** Its segments, as places in the list of those asked about. */
  readonly positions: () => readonly number[];
  /** Its size as it may be shown. */
  readonly members: number;
}

/** All combinations that somebody is in, without those of which nothing may be shown. */
function shownCombinations(
  image: MemberImage,
  segments: readonly SegmentInForce[],
  view: CountsView,
): readonly ShownCombination[] {
  const slots = segments.map(({ slot }) => slot);
  const combinations = new Combinations(image, slots);
  const shown: ShownCombination[] = [];
  for (const [index, members] of shownParts(combinations.sizes, view).entries()) {
    if (members > 0) {
      shown.push({ positions: () => combinations.positions(index), members });
    }
  }
  return shown;
}

function sized(segments: readonly SegmentInForce[], sizes: ArrayLike<number>) {
  return segments.map(({ name }, index) => ({ name, members: sizes[index] ?? 0 }));
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
