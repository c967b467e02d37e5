/**
 * Keeps the memberships of all clients right. Any number of processes may do so: whoever has a client's
 * turn works on it, the others leave it to him, and when he dies the next one goes on.
 */
import { CHANGES_CHANNEL } from "../../modules/customers/index.ts";
import { type Client, listClients } from "../../modules/contracts/index.ts";
import { Bell } from "./bell.ts";
import { ClientFollowing, type FollowingDeps } from "./client-following.ts";

/** Clients and contracts are looked at this often, so that a new one is followed soon. */
const LOOK_MS = 15_000;

/** Follows every client until it is disposed of. */
export function startFollowing(deps: FollowingDeps): AsyncDisposable {
  const following = new AllFollowing(deps);
  following.start();
  return following;
}

interface Followed {
  readonly contract: number;
  readonly following: ClientFollowing;
}

class AllFollowing implements AsyncDisposable {
  readonly #deps: FollowingDeps;
  readonly #leaving = new AbortController();
  readonly #bySchema = new Map<string, Followed>();
  #listening: AsyncDisposable | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(deps: FollowingDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#listening = this.#deps.db.listen({
      channel: CHANGES_CHANNEL,
      onNotice: (schema) => this.#bySchema.get(schema)?.following.wake(),
      onConnected: () => this.#bySchema.forEach(({ following }) => following.wake()),
    });
    this.#looking = this.#look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    await this.#looking;
    await this.#listening?.[Symbol.asyncDispose]();
    await Promise.all(
      [...this.#bySchema.values()].map(({ following }) => following[Symbol.asyncDispose]()),
    );
  }

  async #look(): Promise<void> {
    const { signal } = this.#leaving;
    const pause = new Bell(signal);
    while (!signal.aborted) {
      try {
        await this.#followThese(await listClients(this.#deps.db));
      } catch (error) {
        this.#deps.log.error("clients-not-listed", error);
      }
      await pause.sleep(LOOK_MS);
    }
  }

  /** Begins with new clients, ends with those that are gone, and begins anew where the contract is new. */
  async #followThese(clients: readonly Client[]): Promise<void> {
    const wanted = new Map(clients.map((client) => [client.scope.schema, client]));
    for (const [schema, { contract, following }] of this.#bySchema) {
      if (wanted.get(schema)?.contractVersionNo !== contract) {
        this.#bySchema.delete(schema);
        await following[Symbol.asyncDispose]();
      }
    }
    for (const [schema, client] of wanted) {
      if (!this.#bySchema.has(schema)) {
        const following = new ClientFollowing(this.#deps, client);
        this.#bySchema.set(schema, { contract: client.contractVersionNo, following });
      }
    }
  }
}
