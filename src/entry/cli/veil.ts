/** Explanations of pairs of records, without the values that whoever asks may not see in clear. */
import { NotFoundError } from "../../kernel/index.ts";
import { type Client, customerDataset, findDataset } from "../../modules/contracts/index.ts";
import { type EntityDataset, governedRecords, type Seeing } from "../../modules/customers/index.ts";
import type { Model, PairScore } from "../../modules/linkage/index.ts";
import type { PairExplanation, QuestionInFull } from "../../modules/resolution/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import { type Cell, showCell } from "./table.ts";

/** Two records as they may be seen: for each field, both values, and whether they are clear. */
export interface SeenPair {
  readonly values: QuestionInFull["values"];
  readonly isClear: (field: string) => boolean;
}

/**
 * The dataset whose records are compared.
 * @param name default: the customers
 */
export function resolvedDataset(
  { key, catalogue }: Client,
  name: string | undefined,
): EntityDataset {
  const dataset = name === undefined ? customerDataset(catalogue) : findDataset(catalogue, name);
  if (dataset === undefined || dataset.kind === "event") {
    throw new NotFoundError("dataset-not-resolvable", `${key} has no such customers`, {
      hint: "only records of customers and accounts are resolved",
    });
  }
  return dataset;
}

/** Two records as they may be seen. */
export async function seePair(
  tx: Transaction,
  seeing: Seeing,
  {
    dataset,
    left,
    right,
  }: { readonly dataset: EntityDataset } & Pick<PairExplanation, "left" | "right">,
): Promise<SeenPair> {
  const records = await governedRecords(tx, seeing, { dataset, records: [left, right] });
  const one = records.find(({ record }) => record === left);
  const other = records.find(({ record }) => record === right);
  const values = dataset.fields.map(({ name }) => {
    return [name, { left: textOf(one?.values[name]), right: textOf(other?.values[name]) }] as const;
  });
  return {
    values: new Map(values),
    isClear: (field) => one?.forms[field] === "clear" && other?.forms[field] === "clear",
  };
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) {
    return null;
  }
  return Array.isArray(value) ? value.join("; ") : showCell(value as Cell);
}

/**
 * What a pair weighs, with the values of those fields only that are clear in both records. That two
 * values agree, and what that weighs, stays: it is what the judgement rests on.
 */
export function veiled(score: PairScore, model: Model, { isClear }: SeenPair): PairScore {
  const parts = score.parts.map((part) => {
    const isSeen = part.values.every(({ column }) => columnsOf(model, column).every(isClear));
    return isSeen
      ? part
      : {
          ...part,
          termShare: undefined,
          values: part.values.map(({ column }) => ({ column, left: null, right: null })),
        };
  });
  return { ...score, parts };
}

/** The contract's fields that a prepared column (`FIELD` or `FIELD__PART`) is made from; itself when no field of the model is. */
function columnsOf(model: Model, prepared: string): readonly string[] {
  const [name = prepared] = prepared.split("__");
  return model.fields.find((field) => field.name === name)?.columns ?? [name];
}
