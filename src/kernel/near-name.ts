/**
 * The known name that an unknown one was most likely meant to be, or undefined when none is near.
 * Upper case, blanks, hyphens and underscores do not count; at most one typing slip in three
 * characters does, but two may in names of four or five (optimal string alignment distance: insert,
 * delete, replace, swap neighbours; Damerau 1964 in the restricted form). Ties go to the earlier name.
 *
 * @example nearName("logicaltype", ["logicalType", "name"]) // "logicalType"
 */
export function nearName(unknown: string, known: Iterable<string>): string | undefined {
  const wanted = plain(unknown);
  let best: string | undefined;
  let bestDistance = (wanted.length < 4 ? 1 : Math.max(2, Math.floor(wanted.length / 3))) + 1;
  for (const name of known) {
    const candidate = plain(name);
    if (Math.abs(candidate.length - wanted.length) >= bestDistance || wanted.length > LONGEST) {
      continue;
    }
    const distance = slips(wanted, candidate);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** "did you mean …?", or undefined when nothing is near. */
export function didYouMean(unknown: string, known: Iterable<string>): string | undefined {
  const near = nearName(unknown, known);
  return near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`;
}

/** How many names a suggestion lists when none is near. */
const MOST_LISTED = 8;

/** "did you mean …?" when a name is near, else the first few names there are; undefined when there is none. */
export function suggestion(unknown: string, known: readonly string[]): string | undefined {
  if (known.length === 0) {
    return undefined;
  }
  const shown = known.slice(0, MOST_LISTED).join(", ");
  const more = known.length > MOST_LISTED ? ` and ${known.length - MOST_LISTED} more` : "";
  return didYouMean(unknown, known) ?? `there are ${shown}${more}`;
}

/** Longer names are no typing slips, and the comparison costs length × length. */
const LONGEST = 100;

function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/gu, "");
}

function slips(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = at(previous, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let cost = Math.min(replaced, at(previous, column) + 1, at(current, column - 1) + 1);
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (row > 1 && column > 1 && isSwap) {
        cost = Math.min(cost, at(beforePrevious, column - 2) + 1);
      }
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
