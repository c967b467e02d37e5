/** A small client whose people resemble each other, with a model whose parameters are fixed. */
import { createHash } from "node:crypto";
import { FixedClock, must } from "../../src/kernel/index.ts";
import type { Catalogue, Client, CustomerDataset } from "../../src/modules/contracts/index.ts";
import { autoModel, type BlockingRule, type Model } from "../../src/modules/linkage/index.ts";
import { modelFields, standingPairs } from "../../src/modules/resolution/index.ts";
import { standingIn } from "../../src/modules/resolution/store/judgements.ts";
import {
  insertModel,
  openProgress,
  saveProgress,
} from "../../src/modules/resolution/store/register.ts";
import { World } from "../customers/world.ts";
import { customers, testCatalogue, testField } from "../support/catalogue.ts";

const text = { kind: "text" } as const;

export const people: CustomerDataset = {
  ...customers,
  fields: [
    testField("customer_no", text, { identifier: true }),
    testField("loyalty_no", text, { identifier: true }),
    testField("first_name", text, { category: "user.name.first" }),
    testField("last_name", text, { category: "user.name.last" }),
    testField("born_on", { kind: "date" }, { category: "user.demographic.date_of_birth" }),
    testField("email", text, { category: "user.contact.email" }),
    testField("city", text, { category: "user.contact.address.city" }),
    testField("notes", text),
  ],
  account: undefined,
};

export const catalogue: Catalogue = { ...testCatalogue, datasets: [people] };

const rule = (name: string, ...parts: BlockingRule["parts"]): BlockingRule => ({ name, parts });

/** Every parameter is where training would begin; blocks are small, so that their cap is met. */
export function fixedModel(): Model {
  const model = autoModel(modelFields(people, catalogue));
  return {
    ...model,
    prior: 1 / 40,
    factors: [],
    comparisons: model.comparisons.map((comparison) => ({
      ...comparison,
      levels: comparison.levels.map((level) => {
        const { m, weight } = level.start ?? { m: 0.2, weight: 1 };
        return level.isMissing ? level : { ...level, m, u: m / 2 ** weight };
      }),
    })),
    blocking: [
      rule("birthday", { column: "born_on__text" }),
      rule("address", { column: "email" }),
      rule("name", { column: "last_name" }, { column: "first_name__initial" }),
    ],
    largestBlock: 5,
    thresholds: { link: 0.5, review: 0.06 },
  };
}

export interface Statement {
  readonly source: string;
  readonly key: string;
  readonly values: Readonly<Record<string, string | null>>;
}

/** What a world came to, without ids and times: records by source and key. */
export interface Outcome {
  readonly groups: readonly string[];
  readonly judgements: readonly string[];
}

export class SmallWorld {
  readonly world: World & AsyncDisposable;
  readonly client: Client;
  readonly clock = new FixedClock(new Date("2026-04-01T00:00:00Z"));

  constructor(world: World & AsyncDisposable) {
    this.world = world;
    this.client = { key: "acme", scope: world.scope, catalogue, contractVersionNo: 1 };
  }

  static async open(): Promise<SmallWorld> {
    return new SmallWorld(await World.open(catalogue));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }

  get db(): World["db"] {
    return this.world.db;
  }

  get run(): { readonly actor: string; readonly clock: FixedClock } {
    return { actor: "tester", clock: this.clock };
  }

  /** Puts a model in force, as if a first run over nothing had made it. */
  async useModel(model: Model): Promise<number> {
    return await this.db.scoped(this.client.scope, async (tx) => {
      const { cursor } = await openProgress(tx, people.name);
      const sha256 = createHash("sha256").update(JSON.stringify(model)).digest();
      const at = this.clock.now();
      const entry = {
        dataset: people.name,
        model,
        sha256,
        origin: "trained",
        at,
        by: "test",
      } as const;
      const number = await insertModel(tx, entry);
      await saveProgress(tx, people.name, { cursor, model: number, at });
      return number;
    });
  }

  /** Imports statements in their order, as few intakes as keep records in the order of their statements. */
  async import(statements: readonly Statement[]): Promise<void> {
    let part: Statement[] = [];
    for (const statement of statements) {
      const isForeign = part.some(({ source }) => source !== statement.source);
      if (isForeign || part.some(({ key }) => key === statement.key)) {
        await this.#intake(part);
        part = [];
      }
      part.push(statement);
    }
    await this.#intake(part);
  }

  async #intake(statements: readonly Statement[]): Promise<void> {
    const [first] = statements;
    if (first !== undefined) {
      await this.world.merge({
        source: first.source,
        dataset: people,
        rows: statements.map(({ key, values }) => ({
          values: { ...values, customer_no: key },
          statedAt: "2026-01-01T00:00:00Z",
        })),
      });
    }
  }

  /** Source and key by record. */
  async names(): Promise<Map<bigint, string>> {
    const rows = await this.world.query<{ record: bigint; name: string }>(
      `select r._record as record, s.name || ':' || r._key as name
         from customers__records r join _sources s on s.source = r._source`,
    );
    return new Map(rows.map(({ record, name }) => [record, name]));
  }

  async record(name: string): Promise<bigint> {
    const found = [...(await this.names())].find(([, one]) => one === name);
    return must(found, `there is a record ${name}`)[0];
  }

  /** The golden row of each record, by source and key. */
  async golden(): Promise<Map<string, bigint>> {
    const rows = await this.world.query<{ name: string; id: bigint }>(
      `select r._id as id, s.name || ':' || r._key as name
         from customers__records r join _sources s on s.source = r._source order by 2`,
    );
    return new Map(rows.map(({ name, id }) => [name, id]));
  }

  async outcome(): Promise<Outcome> {
    const names = await this.names();
    const golden = await this.golden();
    const groups = Map.groupBy([...golden], ([, id]) => id);
    const judgements: string[] = [];
    await this.db.scoped(this.client.scope, async (tx) => {
      for await (const entries of standingIn(tx, people.name)) {
        for (const { standing } of standingPairs(entries)) {
          for (const { left, right, verdict, judge, who, foundBy, weight, reason } of standing) {
            const pair = `${names.get(left)} ${names.get(right)}`;
            judgements.push(
              [pair, verdict, judge, who, foundBy, weight?.toFixed(4), reason].join(" "),
            );
          }
        }
      }
    });
    return {
      groups: [...groups.values()]
        .map((members) =>
          members
            .map(([name]) => name)
            .toSorted()
            .join(" "),
        )
        .toSorted(),
      judgements: judgements.toSorted(),
    };
  }
}
