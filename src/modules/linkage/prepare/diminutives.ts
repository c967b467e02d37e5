import { englishNames } from "./english-names.ts";
import { europeanNames } from "./european-names.ts";
import { wholeNames } from "./whole-names.ts";

/**
 * The full names that a given name may be: itself and its spellings where it is one, and those it is
 * short for; sorted. Two names may be the same person's when they share one. Undefined for a name that
 * is not in the table.
 */
export function canonicalNames(name: string): readonly string[] | undefined {
  return fullNames.get(name);
}

/**
 * The full names that a given name is itself, as `ann` of Anna, which may be short for Annabelle but mostly is not;
 * sorted. Undefined for what is nothing but short, as Bob, and for a name that is not in the table.
 */
export function ownNames(name: string): readonly string[] | undefined {
  return spellings.get(name);
}

/** Whether the table knows the name, full or short. */
export function isGivenName(name: string): boolean {
  return fullNames.has(name);
}

const entries = `${englishNames};${europeanNames};${wholeNames}`.split(";");
const fullNames = indexed(entries);
const spellings = indexed(entries.map((entry) => entry.split(":", 1).join("")));

/** By name: the first names of the entries that it stands in. */
function indexed(lists: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const list of lists) {
    const names = list.match(/[a-z]+/g) ?? [];
    const [full = ""] = names;
    for (const name of names) {
      found.set(name, (found.get(name) ?? new Set()).add(full));
    }
  }
  return new Map([...found].map(([name, full]) => [name, [...full].toSorted()]));
}
