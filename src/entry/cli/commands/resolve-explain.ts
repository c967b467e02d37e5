import { Readable } from "node:stream";
import { Command } from "commander";
import { NotFoundError } from "../../../kernel/index.ts";
import { type Client, customerDataset, getClient } from "../../../modules/contracts/index.ts";
import {
  type EntityDataset,
  readRecords,
  seeCustomers,
  type Seeing,
  showCustomer,
} from "../../../modules/customers/index.ts";
import { type Model, waterfallSvg } from "../../../modules/linkage/index.ts";
import {
  type ApartExplanation,
  type CustomerExplanation,
  explainApart,
  explainCustomer,
  explainPair,
  openMatcher,
  type PairExplanation,
} from "../../../modules/resolution/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type AskingOptions, noteAccess, seeAs, type Shown, withAsking } from "../asking.ts";
import {
  pairDocument,
  renderApart,
  renderCustomer,
  renderPair,
  type Wording,
} from "../explanation.ts";
import { action, type Invocation } from "../invocation.ts";
import { writeNewFile } from "../new-file.ts";
import { parseId } from "../parse.ts";
import { recordNames } from "../record-names.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { resolvedDataset, seePair, veiled } from "../veil.ts";

export function explainCommand(): Command {
  return withAsking(new Command("explain"))
    .description("why two are the same or not, or what holds a customer together")
    .argument("<client>", "the client's key")
    .argument("<a>", "a customer or a record", parseId)
    .argument("[b]", "another one", parseId)
    .option("--svg <file>", "draw the pair that decides as a waterfall, into a new file")
    .option("--dataset <name>", "of this dataset (default: the customers)")
    .addHelpText(
      "after",
      `
Two records: each comparison with its weight, and who judged them. One customer, or two that are one:
its records and the judgements that hold them together, the weakest first. Two customers: why they
are not one. Values show where the recipient may see them in clear, in a picture too.`,
    )
    .action(action(explain));
}

interface ExplainOptions extends AskingOptions {
  readonly svg?: string;
  readonly dataset?: string;
}

/** What was found out, and the pair that it hangs on. */
type Explained =
  | { readonly kind: "pair"; readonly pair: PairExplanation }
  | {
      readonly kind: "one-customer";
      readonly explanation: CustomerExplanation;
      readonly pair: PairExplanation | undefined;
    }
  | {
      readonly kind: "apart";
      readonly explanation: ApartExplanation;
      readonly pair: PairExplanation;
    };

async function explain(
  { open, output }: Invocation,
  key: string,
  a: bigint,
  ...[b, options]: [bigint | undefined, ExplainOptions]
): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  const { explained, wording } = await context.db.scoped(
    client.scope,
    async (tx) => {
      const seeing = await seeAs(tx, context, { ...client, asked: options });
      const asked = { tx, client, seeing, name: options.dataset };
      const found = await explainIds(asked, [a, b ?? a]);
      const { linker } = await openMatcher(tx, client, options.dataset);
      const customers = customersIn(found);
      const names = await recordNames(tx, seeing, { customers, dataset: options.dataset });
      await noteAccess(tx, context, { client, seeing, shown: await shownOf(asked, customers) });
      return {
        explained: await veiledPair(asked, found, linker.model),
        wording: { model: linker.model, names },
      };
    },
    { statementTimeoutMs: 0 },
  );
  await sequenceAfter({ output }, context, client);
  if (options.svg !== undefined) {
    await draw(options.svg, explained, wording);
  }
  output.result({ client: key, ...explainedDocument(explained, wording) }, () =>
    render(explained, wording),
  );
}

/** Every pair that is explained, without the values that may not be seen. */
async function veiledPair(asked: Asked, found: Explained, model: Model): Promise<Explained> {
  const veil = async (pair: PairExplanation): Promise<PairExplanation> => {
    const dataset = resolvedDataset(asked.client, asked.name);
    const seen = await seePair(asked.tx, asked.seeing, { ...pair, dataset });
    return { ...pair, score: veiled(pair.score, model, seen) };
  };
  switch (found.kind) {
    case "pair":
      return { ...found, pair: await veil(found.pair) };
    case "one-customer":
      return { ...found, pair: found.pair && (await veil(found.pair)) };
    case "apart": {
      const pair = await veil(found.pair);
      return { ...found, explanation: { ...found.explanation, best: pair }, pair };
    }
  }
}

/** The customers whose records are explained, as far as they may be seen; of accounts, none. */
async function shownOf({ tx, seeing, name }: Asked, customers: readonly bigint[]): Promise<Shown> {
  const isOfCustomers = name === undefined || name === customerDataset(seeing.catalogue)?.name;
  return {
    act: "explain",
    channel: "listed",
    customers: isOfCustomers ? await seeCustomers(tx, seeing, [...new Set(customers)]) : [],
  };
}

interface Asked {
  readonly tx: Transaction;
  readonly client: Client;
  readonly seeing: Seeing;
  /** Of the dataset. */
  readonly name: string | undefined;
}

/** An id that somebody gave, and the customer it leads to. */
interface Place {
  readonly record: bigint | undefined;
  readonly customer: bigint;
}

async function explainIds(asked: Asked, ids: readonly [bigint, bigint]): Promise<Explained> {
  const { tx, client, name: dataset } = asked;
  const [one, other] = [await placeOf(asked, ids[0]), await placeOf(asked, ids[1])];
  const [left, right] = [one.record, other.record];
  if (left !== undefined && right !== undefined && left !== right) {
    return { kind: "pair", pair: await explainPair(tx, client, { left, right, dataset }) };
  }
  if (one.customer !== other.customer) {
    const customers = [one.customer, other.customer] as const;
    const explanation = await explainApart(tx, client, { customers, dataset });
    return { kind: "apart", explanation, pair: explanation.best };
  }
  const { customer } = one;
  const explanation = await explainCustomer(tx, client, { customer, dataset });
  const [weakest] = explanation.links;
  const pair = weakest && (await explainPair(tx, client, { ...weakest, dataset }));
  return { kind: "one-customer", explanation, pair };
}

/**
 * Records and customers never have the same number. An old id of a customer leads to the present one. Who
 * may not be seen is not there.
 */
async function placeOf(asked: Asked, id: bigint): Promise<Place> {
  const { tx, seeing } = asked;
  const dataset = resolvedDataset(asked.client, asked.name);
  const holder = await holderOf(tx, dataset, id);
  if (dataset.kind === "account") {
    return holder === undefined
      ? { record: undefined, customer: id }
      : { record: id, customer: holder };
  }
  const { customer } = await showCustomer(tx, seeing, { id: holder ?? id, events: 0, history: 0 });
  return { record: holder === undefined ? undefined : id, customer: customer.id };
}

async function holderOf(
  tx: Transaction,
  dataset: EntityDataset,
  record: bigint,
): Promise<bigint | undefined> {
  for await (const { ids } of readRecords(tx, dataset, { records: [record] })) {
    return ids[0];
  }
  return undefined;
}

function customersIn(explained: Explained): readonly bigint[] {
  switch (explained.kind) {
    case "pair":
      return [explained.pair.customers.left, explained.pair.customers.right];
    case "one-customer":
      return [explained.explanation.customer];
    case "apart":
      return explained.explanation.customers;
  }
}

async function draw(file: string, { pair }: Explained, { model }: Wording): Promise<void> {
  if (pair === undefined) {
    throw new NotFoundError("no-pair", "a customer of one record has no pair to draw", {
      hint: "name two records, or a customer of several",
    });
  }
  const title = `Records ${pair.left} and ${pair.right}`;
  const picture = waterfallSvg(model, pair.score, { title });
  await writeNewFile(file, Readable.from([Buffer.from(picture)]));
}

function explainedDocument(explained: Explained, { model }: Wording): object {
  const pair = explained.pair && pairDocument(explained.pair, model);
  switch (explained.kind) {
    case "pair":
      return { kind: explained.kind, pair };
    case "one-customer":
      return { kind: explained.kind, ...explained.explanation, weakest: pair };
    case "apart": {
      const { customers, cause, judged, compared } = explained.explanation;
      return { kind: explained.kind, customers, cause, judged, compared, nearest: pair };
    }
  }
}

function render(explained: Explained, wording: Wording): string {
  switch (explained.kind) {
    case "pair":
      return renderPair(explained.pair, wording);
    case "apart":
      return renderApart(explained.explanation, wording);
    case "one-customer":
      return [
        renderCustomer(explained.explanation, wording),
        ...(explained.pair === undefined
          ? []
          : ["The weakest of them:", renderPair(explained.pair, wording)]),
      ].join("\n\n");
  }
}
