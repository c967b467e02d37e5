/** The name that was probably meant. */

/** The candidate nearest to `name` if it is near enough to be a slip of the pen: at most a third of its letters differ. */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= Math.max(1, candidate.length / 3) && distance < (best?.distance ?? Infinity)) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
}

/** A hint for an unknown name: the nearest candidate, else what there is. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = closest(name, candidates);
  if (near !== undefined) {
    return `did you mean "${near}"?`;
  }
  const shown = candidates.slice(0, 20).join(", ");
  return candidates.length === 0
    ? "there is none"
    : `there are: ${shown}${candidates.length > 20 ? ", …" : ""}`;
}

/** Levenshtein's distance, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
