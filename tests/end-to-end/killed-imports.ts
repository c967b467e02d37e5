/**
 * Imports that are killed at random moments, and what must hold when they were run again to their end:
 * every row is there, once. A short test and a long soak use it.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { generate } from "../../src/entry/generator/index.ts";
import { Random } from "../../src/entry/generator/random.ts";
import { getClient } from "../../src/modules/contracts/index.ts";
import { type Embedded, openDatabase, startEmbedded } from "../../src/platform/postgres/index.ts";
import { soundness, value } from "./client-state.ts";
import { BillingOracle, type Oracle, OrdersOracle } from "./expected-rows.ts";
import { type Ended, examples, runWaybill, signalTo, startWaybill } from "./waybill-process.ts";

export interface KillOptions {
  /** A folder of the caller's, for the database and the files. */
  readonly dataDir: string;
  /** Customers of each generated file. */
  readonly customers: number;
  readonly seed: number;
}

/** Who is killed: the importing process, PostgreSQL under it, or both at once. */
export type Victim = "process" | "server" | "both";

/** One kill that came before the import was over. */
export interface Kill {
  readonly victim: Victim;
  readonly afterMs: number;
  /** How the importing process ended. */
  readonly ended: Ended;
}

interface Import {
  readonly client: "telecom" | "retail";
  readonly dataset: string;
  readonly path: string;
}

const ROWS = {
  telecom: `select (select count(*) from customers__records)::text as rows,
                   (select count(*) from customers)::text as customers,
                   (select coalesce(sum(monthly_charges), 0.00) from customers)::text as sum`,
  retail: `select (select count(*) from orders)::text as rows,
                  (select count(*) from customers)::text as customers,
                  (select coalesce(sum(amount), 0.00) from orders)::text as sum`,
};

/** Rows in quarantine, of each file once, however often it was published. */
const REFUSED = `
  select coalesce(sum(quarantined), 0)::text as value
    from (select max(quarantined) as quarantined from _intakes where state = 'published' group by origin) files`;

/** A data directory with two clients, and files that are imported, killed and imported again. */
export class KilledImports implements AsyncDisposable {
  readonly #options: KillOptions;
  readonly #random: Random;
  readonly #embedded: Embedded;
  readonly #oracles = { telecom: new BillingOracle(), retail: new OrdersOracle() };
  /** How long an import takes; learnt on the way, so that kills fall into it. */
  #durationMs = 3_000;
  #files = 0;

  private constructor(options: KillOptions, embedded: Embedded) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#embedded = embedded;
  }

  static async open(options: KillOptions): Promise<KilledImports> {
    const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };
    const embedded = await startEmbedded({ dataDir: options.dataDir, settings });
    const imports = new KilledImports(options, embedded);
    for (const client of ["telecom", "retail"]) {
      succeeded(await imports.#run(["apply", join(examples, client)]));
    }
    return imports;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#embedded.stop();
  }

  /** Kills the import of one more file so many times, then lets it come to its end. */
  async killAndFinish(victims: readonly Victim[]): Promise<Kill[]> {
    const file = await this.#nextFile();
    const kills: Kill[] = [];
    for (const victim of victims) {
      kills.push(await this.#kill(file, victim));
    }
    const startedAt = performance.now();
    succeeded(await this.#run(importArguments(file)));
    this.#durationMs = performance.now() - startedAt;
    return kills;
  }

  /** What the database holds, and whether it is sound. */
  async found(): Promise<unknown> {
    const embedded = await startEmbedded({ dataDir: this.#options.dataDir });
    try {
      await using db = await openDatabase({ url: embedded.url });
      const of = async (key: "telecom" | "retail") => {
        const client = await getClient(db, key);
        const { intakes, ...sound } = await soundness(db, key);
        const rows = await db.scoped(client.scope, (tx) => tx.row<object>(ROWS[key]));
        const refused = await value(db, client, REFUSED);
        return { ...sound, receiving: intakes["receiving"] ?? 0, ...rows, refused };
      };
      return { telecom: await of("telecom"), retail: await of("retail") };
    } finally {
      await embedded.stop();
    }
  }

  /** What the files say. */
  expected(): Readonly<Record<"telecom" | "retail", Readonly<Record<string, string>>>> {
    const { telecom, retail } = this.#oracles;
    return { telecom: telecom.expected(), retail: retail.expected() };
  }

  #run(args: readonly string[]): Promise<Ended> {
    return runWaybill(args, { data: this.#options.dataDir });
  }

  async #kill(file: Import, victim: Victim): Promise<Kill> {
    for (;;) {
      const afterMs = Math.round(this.#durationMs * (0.15 + 0.85 * this.#random.unit()));
      const running = startWaybill(importArguments(file), { data: this.#options.dataDir });
      const killed = await Promise.race([
        setTimeout(afterMs, true),
        running.ended.then(() => false),
      ]);
      if (killed) {
        await this.#strike(running, victim);
      }
      const ended = await running.ended;
      if (killed && (victim === "server" || ended.code !== 0)) {
        return { victim, afterMs, ended };
      }
      // It was over before its time or before the blow fell, and every later import of the file has less to do.
      succeeded(ended);
      this.#durationMs *= 0.8;
    }
  }

  async #strike(running: { kill(signal: NodeJS.Signals): void }, victim: Victim): Promise<void> {
    if (victim !== "process") {
      const file = join(this.#options.dataDir, "cluster", "postmaster.pid");
      const [pid = ""] = (await readFile(file, "utf8").catch(() => "")).split("\n");
      if (Number(pid) > 1) {
        signalTo(Number(pid), "SIGKILL");
      }
    }
    if (victim !== "server") {
      running.kill("SIGKILL");
    }
  }

  /** In turn: orders, bills, and the same bills with every charge raised. */
  async #nextFile(): Promise<Import> {
    const turn = this.#files % 3;
    const seed = this.#options.seed + Math.floor(this.#files / 3);
    const name = `${this.#files}`;
    this.#files += 1;
    const client = turn === 0 ? "retail" : "telecom";
    const folder = join(this.#options.dataDir, "files");
    await mkdir(folder, { recursive: true });
    const out = join(folder, `${client}-${seed}`);
    const errors = { badRows: 0.002 };
    await generate({ client, customers: this.#options.customers, seed, out, errors });
    const text = await readFile(join(out, turn === 0 ? "orders.txt" : "billing.csv"), "utf8");
    const content =
      turn === 0 ? withEqualOrders(text) : turn === 1 ? text : BillingOracle.raised(text);
    const path = join(folder, turn === 0 ? `${name}.txt` : `${name}.csv`);
    await writeFile(path, content);
    const oracle: Oracle = this.#oracles[client];
    oracle.add(content);
    return { client, dataset: turn === 0 ? "orders" : "customers", path };
  }
}

/** Orders said twice are two orders: only their number tells them apart. */
function withEqualOrders(text: string): string {
  const orders = text.split("\r\n").filter((line) => OrdersOracle.isOrder(line));
  return `${text}${orders.slice(0, 100).join("\r\n")}\r\n`;
}

function importArguments({ client, dataset, path }: Import): string[] {
  return ["import", client, dataset, path, "--json"];
}

function succeeded({ code, stderr }: Ended): void {
  if (code !== 0) {
    throw new Error(`waybill ended with ${code}: ${stderr}`);
  }
}
