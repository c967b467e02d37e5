/** Lets a history happen, and holds what is stored against the data after each of its steps. */
import { isDeepStrictEqual } from "node:util";
import type { Happening } from "./happenings.ts";
import type { MovingWorld } from "./moving-world.ts";
import { brokenHistories, type Memberships } from "./standing.ts";

/** What was found. */
export interface Outcome {
  /** Answers that were compared: segments × members × steps. */
  readonly checks: number;
  /** What is wrong, in words; undefined: nothing. */
  readonly failure: string | undefined;
}

/** @param histories the beginning is not looked at step by step */
export async function letHappen(
  world: MovingWorld,
  {
    beginning,
    then,
  }: { readonly beginning: readonly Happening[]; readonly then: readonly Happening[] },
): Promise<Outcome> {
  const happened: string[] = [];
  let checks = 0;
  const failed = (what: string, details: unknown): Outcome => ({
    checks,
    failure: [what, JSON.stringify(details), ...happened].join("\n"),
  });
  for (const { name, happens } of beginning) {
    happened.push(name);
    await happens(world);
  }
  const memory = new Memory(world.clock.now());
  for (const { name, happens } of then) {
    happened.push(`${world.clock.now().toISOString()} ${name}`);
    await happens(world);
    await world.follow();
    const stored = await world.stored();
    const evaluated = await world.evaluated();
    checks += evaluated.checks;
    if (!isDeepStrictEqual(stored, evaluated.memberships)) {
      return failed("stored is not what the data say", different(stored, evaluated.memberships));
    }
    memory.remember(await world.instant(), stored);
  }
  if ((await brokenHistories(world.client)) > 0) {
    return failed("somebody entered or left twice", {});
  }
  for (const [at, memberships] of memory.known) {
    const past = await pastOf(world, new Date(at), memberships);
    checks += Object.values(memberships).flat().length;
    if (!isDeepStrictEqual(past, memberships)) {
      return failed(`the past of ${new Date(at).toISOString()}`, different(past, memberships));
    }
  }
  return { checks, failure: undefined };
}

/**
 * What was stored at instants of the clock. Once it was set back, those that happen again have two
 * histories, and nothing is asked of them; of those before and after everything is.
 */
class Memory {
  readonly known = new Map<number, Memberships>();
  #latest: number;
  /** The last instant that the clock was set back past. */
  #lastTwice = Number.NEGATIVE_INFINITY;

  /** @param began before it nothing was stored */
  constructor(began: Date) {
    this.#latest = began.getTime();
  }

  remember(instant: Date, stored: Memberships): void {
    const at = instant.getTime();
    for (const known of this.known.keys()) {
      if (known >= at) {
        this.known.delete(known);
      }
    }
    if (at < this.#latest) {
      this.#lastTwice = this.#latest;
    }
    this.#latest = Math.max(at, this.#latest);
    if (at > this.#lastTwice) {
      this.known.set(at, stored);
    }
  }
}

async function pastOf(world: MovingWorld, at: Date, known: Memberships): Promise<Memberships> {
  const past: Record<string, readonly number[]> = {};
  for (const name of Object.keys(known)) {
    past[name] = await world.membersAt(name, at);
  }
  return past;
}

function different(one: Memberships, other: Memberships): unknown {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names
    .filter((name) => !isDeepStrictEqual(one[name], other[name]))
    .map((name) => ({ name, is: one[name], shouldBe: other[name] }));
}
