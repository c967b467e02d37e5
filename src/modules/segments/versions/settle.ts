/**
 * Brings the versions of segments whose membership is kept in line with the definitions in force:
 * registers, fills beside the old ones, switches, and clears up. Every step commits by itself and
 * begins from what is stored, so a settlement that was killed anywhere is finished by the next one, and
 * one that finds nothing to do changes nothing.
 */
import type { Clock } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { isPoison } from "../following/careful.ts";
import { followClient } from "../following/follow.ts";
import { scanSlots } from "../following/recompute.ts";
import type { SegmentClient } from "../segments.ts";
import { readPosition } from "../store/following.ts";
import { lockVersions } from "../store/switches.ts";
import { lockDefinitions } from "../store/definitions.ts";
import {
  abandonVersion,
  FILLED,
  lockFollowing,
  noteFilled,
  raiseRevision,
  type KeptVersion,
} from "../store/versions.ts";
import { decide, type Decision, type Unfit } from "./decide.ts";
import { register } from "./register.ts";
import { refuseCostly } from "./refuse-costly.ts";
import { retireVersions, type Moved } from "./retire.ts";
import { readSituation } from "./situation.ts";
import { isFilled, switchAll, type Refused, type Switched, type Switching } from "./switch.ts";

/** How far a settlement is. */
export type SettleProgress =
  /** The scan that fills new versions has come to this member, in the order of their ids. */
  | { readonly kind: "filling"; readonly versions: number; readonly member: bigint }
  | { readonly kind: "switched"; readonly versions: number }
  | { readonly kind: "clearing" };

export interface SettleOptions {
  readonly clock: Clock;
  /** Who settles: named by versions that only follow what stands inside them, and by the change log. */
  readonly actor: string;
  /** Try versions again that were refused. Default false: a refusal stands until something changes. */
  readonly retry?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: SettleProgress) => void) | undefined;
}

/** A version that came into force, with those whom the switch moved. */
export interface SettledVersion extends Switched {
  readonly entered: number;
  readonly left: number;
}

export interface Settlement {
  readonly switched: readonly SettledVersion[];
  readonly archived: readonly string[];
  readonly refused: readonly Refused[];
  /** Segments that stay as they are because their definitions do not fit the contract. */
  readonly unfit: readonly Unfit[];
}

/**
 * Settles a client's segments. Two at once wait for each other; the second finds nothing to do.
 * @throws CancelledError when the signal aborts; what was begun is finished by the next settlement
 */
export async function settleSegments(
  client: SegmentClient,
  options: SettleOptions,
): Promise<Settlement> {
  const { db, scope } = client;
  const { signal } = options;
  const isSettled = await db.scoped(scope, (tx) => nothingToDo(tx, client, options), {
    readOnly: true,
    isolation: "repeatable read",
    signal,
  });
  if (isSettled !== undefined) {
    return isSettled;
  }
  return await db.scoped(
    scope,
    async (turn) => {
      await lockVersions(turn);
      // The turn is a transaction that does nothing meanwhile, and those that do nothing are ended.
      const keepTurn = async (): Promise<void> => {
        await turn.run("select");
      };
      return await new Settling(client, options, keepTurn).run();
    },
    { statementTimeoutMs: 0, lockTimeoutMs: 0, signal },
  );
}

async function nothingToDo(
  tx: Transaction,
  { catalogue }: SegmentClient,
  { retry = false }: SettleOptions,
): Promise<Settlement | undefined> {
  const situation = await readSituation(tx, catalogue, { retry });
  const { register: registrations, archive, unfit } = decide(situation);
  const isQuiet = situation.kept.every(({ state }) => state === "live" || state === "refused");
  return isQuiet && registrations.length === 0 && archive.length === 0
    ? { switched: [], archived: [], refused: [], unfit }
    : undefined;
}

class Settling {
  readonly #client: SegmentClient;
  readonly #options: SettleOptions;
  readonly #keepTurn: () => Promise<void>;
  readonly #switched: SettledVersion[] = [];
  readonly #archived: string[] = [];
  readonly #refused: Refused[] = [];

  constructor(client: SegmentClient, options: SettleOptions, keepTurn: () => Promise<void>) {
    this.#client = client;
    this.#options = options;
    this.#keepTurn = keepTurn;
  }

  /** Rounds until one finds nothing to do: a refusal can change what others mean, and definitions can. */
  async run(): Promise<Settlement> {
    const { onProgress } = this.#options;
    let retry = this.#options.retry ?? false;
    // What an earlier settlement did not finish, so that nothing is decided upon what is only half gone.
    await this.#retire();
    for (;;) {
      const decision = await this.#register(retry);
      retry = false;
      await this.#fill();
      const switching = await this.#switch();
      if (switching !== undefined) {
        onProgress?.({ kind: "switched", versions: switching.switched.length });
        this.#note(switching, await this.#retire());
      }
      const isDone = switching !== undefined && switching.refused.length === 0;
      if (isDone) {
        // The switches are changes, too: with them read, what is stored is up to date.
        await this.#follow();
        return {
          switched: this.#switched,
          archived: this.#archived,
          refused: this.#refused,
          unfit: decision.unfit,
        };
      }
    }
  }

  async #register(retry: boolean): Promise<Decision> {
    const { db, scope, catalogue } = this.#client;
    const { clock, actor, signal } = this.#options;
    const refusals = await refuseCostly(this.#client, { retry, at: clock.now(), signal });
    const decision = await this.#locked(async (tx) => {
      const found = decide(await readSituation(tx, catalogue, { retry }));
      await register(tx, found, { at: clock.now(), actor, refusals });
      return found;
    });
    const refused = await db.scoped(scope, (tx) => readSituation(tx, catalogue, { retry: false }));
    for (const { name, version, failure } of refused.kept.filter((one) => one.failure !== null)) {
      const isNew = decision.register.some((one) => one.name === name && one.version === version);
      if (isNew && failure !== null) {
        this.#refused.push({ segment: name, version, reason: failure });
      }
    }
    return decision;
  }

  /** One scan for all versions that are not filled, whatever their number. */
  async #fill(): Promise<void> {
    const { db, scope, catalogue } = this.#client;
    const { kept } = await db.scoped(scope, (tx) => readSituation(tx, catalogue, { retry: false }));
    const filling = kept.filter(
      ({ state, filledTo }) => state === "filling" && filledTo !== FILLED,
    );
    if (filling.length === 0) {
      return;
    }
    try {
      await this.#fillTogether(filling);
    } catch (error) {
      if (!isPoison(error)) {
        throw error;
      }
      await this.#fillOneByOne(filling);
    }
  }

  async #fillTogether(filling: readonly KeptVersion[]): Promise<void> {
    const { clock, signal, onProgress } = this.#options;
    const { head } = await scanSlots(this.#client, {
      slots: new Set(filling.flatMap(({ slot }) => slot ?? [])),
      cause: "fill",
      clock,
      signal,
      after: filledSoFar(filling),
      onChunk: async (tx, chunk) => {
        const ofSubject = filling.filter(({ subject }) => subject === chunk.subject);
        await noteFilled(tx, ofSubject, { from: chunk.head, to: chunk.to });
        await this.#keepTurn();
        onProgress?.({ kind: "filling", versions: filling.length, member: chunk.to });
      },
    });
    await this.#locked((tx) => noteFilled(tx, filling, { from: head, to: FILLED }));
  }

  /** The data of some member make evaluation fail: those versions that fail by themselves are refused. */
  async #fillOneByOne(filling: readonly KeptVersion[]): Promise<void> {
    for (const version of filling) {
      try {
        await this.#fillTogether([version]);
      } catch (error) {
        if (!isPoison(error)) {
          throw error;
        }
        const failure = `evaluating it fails for data that are there (SQLSTATE ${error.sqlstate})`;
        await this.#locked(async (tx) => {
          await abandonVersion(tx, { ...version, failure });
          await raiseRevision(tx);
        });
        this.#refused.push({ segment: version.name, version: version.version, reason: failure });
      }
    }
    await this.#retire();
  }

  /** Undefined: definitions changed meanwhile, and what they ask for is not filled yet. */
  async #switch(): Promise<Switching | undefined> {
    const { actor } = this.#options;
    const { catalogue } = this.#client;
    // What fell due while the scan ran is caught up with, so that the new version begins right.
    await this.#follow();
    return await this.#locked(async (tx) => {
      const situation = await readSituation(tx, catalogue, { retry: false });
      const decision = decide(situation);
      const isOvertaken = decision.register.length > 0 || decision.abandon.length > 0;
      return isOvertaken || !isFilled(situation)
        ? undefined
        : await switchAll(tx, { situation, decision }, { at: await this.#instant(tx), actor });
    });
  }

  /** A clock that went back by less than following waits for does not order two switches anew. */
  async #instant(tx: Transaction): Promise<Date> {
    const now = this.#options.clock.now();
    const { asOf } = await readPosition(tx);
    return asOf !== null && asOf > now ? asOf : now;
  }

  async #follow(): Promise<void> {
    const { clock, signal } = this.#options;
    await followClient(this.#client, { clock, signal });
  }

  async #retire(): Promise<readonly Moved[]> {
    const { clock, signal, onProgress } = this.#options;
    return await retireVersions(this.#client, {
      at: clock.now(),
      signal,
      onProgress: async () => {
        await this.#keepTurn();
        onProgress?.({ kind: "clearing" });
      },
    });
  }

  #note({ switched, archived, refused }: Switching, moved: readonly Moved[]): void {
    for (const one of switched) {
      const counts = moved.find(
        ({ name, version }) => name === one.segment && version === one.version,
      );
      // Nobody was in before the first version: all of its members entered.
      const { entered, left } = counts ?? { entered: Number(one.members), left: 0 };
      this.#switched.push({ ...one, entered, left });
    }
    this.#archived.push(...archived);
    this.#refused.push(...refused);
  }

  async #locked<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { db, scope } = this.#client;
    return await db.scoped(
      scope,
      async (tx) => {
        await lockDefinitions(tx);
        await lockFollowing(tx);
        return await work(tx);
      },
      { signal: this.#options.signal },
    );
  }
}

/** Versions of one subject that are filled together go on from the one that is least far. */
function filledSoFar(filling: readonly KeptVersion[]): ReadonlyMap<string, bigint> {
  const least = new Map<string, bigint>();
  for (const { subject, filledTo } of filling) {
    const to = filledTo ?? 0n;
    const known = least.get(subject);
    least.set(subject, known === undefined || to < known ? to : known);
  }
  return least;
}
