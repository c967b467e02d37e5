/**
 * The known name nearest to a misspelt one, if it is near enough to be meant: at most a third of its
 * letters differ, but two may in names of four or five. Ties go to the earlier name.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = (name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3))) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** `did you mean "x"?` when a name is near, else the first few names there are. */
export function suggestion(name: string, known: readonly string[]): string | undefined {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) {
    return `did you mean ${JSON.stringify(nearest)}?`;
  }
  if (known.length === 0) {
    return undefined;
  }
  const shown = known.slice(0, 8).join(", ");
  return known.length > 8
    ? `there are ${shown} and ${known.length - 8} more`
    : `there are ${shown}`;
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment:
 * Damerau 1964 in the restricted form, where no stretch is edited twice).
 */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(previous, j) + 1, at(current, j - 1) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforePrevious, j - 2) + 1);
      }
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
