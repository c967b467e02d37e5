/**
 * Brings the ledgers of all clients up to date, every second. Any number of processes may do so: the lock
 * of each ledger's head lets one after another, and whoever comes second finds nothing to do.
 */
import { setTimeout } from "node:timers/promises";
import { type Client, listClients } from "../../modules/contracts/index.ts";
import { askWitnesses, sequence } from "../../modules/ledger/index.ts";
import type { Log } from "../../platform/logging/index.ts";
import type { Context } from "../context.ts";
import { openLedger } from "../ledgers.ts";
import { postToWitness } from "../witnessing.ts";

/** How long what was noted waits for its number at most, and a rolled-back database for its discovery. */
const EVERY_MS = 1_000;

/** Clients are looked up this often; one whose ledger refuses is left alone as long, and reported again. */
const LOOK_MS = 15_000;

export interface SequencingOptions {
  readonly context: Pick<Context, "db" | "clock" | "dataDir" | "operator">;
  readonly log: Log;
}

/** Sequences until it is disposed of. */
export function startSequencing(options: SequencingOptions): AsyncDisposable {
  const stop = new AbortController();
  const sequencing = keepSequencing(options, stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await sequencing;
    },
  };
}

async function keepSequencing(options: SequencingOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let clients = await knownClients(options);
    await askAll(options, clients);
    for (let turn = 0; turn < LOOK_MS / EVERY_MS && !signal.aborted; turn += 1) {
      clients = await sequenceAll(options, clients);
      // Rejects only when it is time to stop, which the loops' conditions see.
      await setTimeout(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function knownClients({ context, log }: SequencingOptions): Promise<Client[]> {
  try {
    return await listClients(context.db);
  } catch (error) {
    log.error("ledgers-not-found", error);
    return [];
  }
}

/** Has the witnesses of all ledgers cosign what has been published since they were last asked. */
async function askAll(
  { context, log }: SequencingOptions,
  clients: readonly Client[],
): Promise<void> {
  const deps = { clock: context.clock, post: postToWitness };
  for (const client of clients) {
    try {
      const asked = await askWitnesses(await openLedger(context, client), deps);
      for (const one of asked.filter(({ problem }) => problem !== undefined)) {
        log.warn("ledger-not-cosigned", { client: client.key, ...one });
      }
    } catch (error) {
      log.error("ledger-not-cosigned", error, { client: client.key });
    }
  }
}

/** @returns the clients whose ledgers are up to date */
async function sequenceAll(
  { context, log }: SequencingOptions,
  clients: readonly Client[],
): Promise<Client[]> {
  const done: Client[] = [];
  for (const client of clients) {
    try {
      await sequence(await openLedger(context, client));
      done.push(client);
    } catch (error) {
      log.error("ledger-not-sequenced", error, { client: client.key });
    }
  }
  return done;
}
