/** Reads what leaves, in one snapshot, and stages the payload. */
import path from "node:path";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { CanonicalRecord, type ProjectedField, type RecordValues } from "../payload/record.ts";
import { encoderFor, type Encoder } from "../payload/encoder.ts";
import { pack, type Contents, type PackRequest } from "../payload/pack.ts";
import { writeParquet } from "../payload/parquet.ts";
import {
  PayloadFile,
  digestOf,
  removeFile,
  syncPath,
  type Digest,
} from "../payload/payload-file.ts";
import type { Destination } from "../destinations/destination.ts";
import { partialName } from "../destinations/folder.ts";
import { makeSpool } from "../destinations/spool.ts";
import { readProjection } from "../store/projection.ts";
import type { DeliveryPlan } from "./plan.ts";

export interface StageRequest {
  readonly plan: DeliveryPlan;
  readonly destination: Destination;
  readonly waybillId: string;
  readonly secret: Uint8Array;
  /** The payload's final name. */
  readonly name: string;
  /** Where the destination wants it staged. */
  readonly folder: string;
  /** Where intermediate files may lie. */
  readonly spool: string;
  readonly signal?: AbortSignal | undefined;
}

/** A staged payload and what is in it. */
export interface Staged {
  readonly path: string;
  readonly digest: Digest;
  readonly contents: Contents;
}

export function projectedFields({ fields }: DeliveryPlan): ProjectedField[] {
  return fields.map(({ name, type }) => ({ name, type: type.kind }));
}

/** Where the payload lies until it is handed over, and the text that a Parquet file is made from. */
export function stagingPaths({
  folder,
  spool,
  name,
}: Pick<StageRequest, "folder" | "spool" | "name">): {
  readonly payload: string;
  readonly text: string;
} {
  return {
    payload: path.join(folder, partialName(name)),
    text: path.join(spool, partialName(`${name}.text`)),
  };
}

/** Stages the payload. Whoever calls removes {@link stagingPaths} when anything fails. */
export async function stagePayload(tx: Transaction, request: StageRequest): Promise<Staged> {
  const { format } = request.destination;
  const { payload, text } = stagingPaths(request);
  if (format !== "parquet") {
    const encoder = encoderFor(format, projectedFields(request.plan), request.waybillId);
    return { path: payload, ...(await writeText(tx, { ...request, path: payload, encoder })) };
  }
  await makeSpool(request.spool);
  const encoder = new CanonicalEncoder(projectedFields(request.plan));
  const { contents } = await writeText(tx, { ...request, path: text, encoder });
  const columns = request.plan.fields.map(({ name, type }) => ({ name, type }));
  const { longestRecord } = encoder;
  await writeParquet({
    staged: text,
    longestRecord,
    path: payload,
    columns,
    signal: request.signal,
  });
  await removeFile(text);
  await syncPath(payload);
  return { path: payload, digest: await digestOf(payload), contents };
}

/** Counts, sums and commits without keeping anything: what a dry run does. */
export async function measure(
  tx: Transaction,
  { plan, secret, signal }: Pick<StageRequest, "plan" | "secret" | "signal">,
): Promise<Contents> {
  const encoder: Encoder = { begin: () => "", add: () => "", end: () => "" };
  return await pack({
    ...packing(tx, plan),
    secret,
    signal,
    encoder,
    write: () => Promise.resolve(),
  });
}

async function writeText(
  tx: Transaction,
  request: StageRequest & { readonly path: string; readonly encoder: Encoder },
): Promise<{ digest: Digest; contents: Contents }> {
  await using file = await PayloadFile.create(request.path);
  const { secret, signal, encoder } = request;
  const write = (text: string) => file.write(text);
  const contents = await pack({ ...packing(tx, request.plan), secret, signal, encoder, write });
  return { digest: await file.finish(), contents };
}

function packing(
  tx: Transaction,
  plan: DeliveryPlan,
): Pick<PackRequest, "batches" | "fields" | "totals"> {
  return { batches: readProjection(tx, plan), fields: projectedFields(plan), totals: plan.totals };
}

/** UTF-8 needs at most three bytes for a UTF-16 code unit. */
const MOST_BYTES_A_UNIT = 3;

/** One canonical record a line; remembers how long the longest can be. */
class CanonicalEncoder implements Encoder {
  readonly #canonical: CanonicalRecord;
  #longest = 0;

  constructor(fields: readonly ProjectedField[]) {
    this.#canonical = new CanonicalRecord(fields);
  }

  /** In bytes, at most. */
  get longestRecord(): number {
    return this.#longest * MOST_BYTES_A_UNIT;
  }

  begin(): string {
    return "";
  }

  add(values: RecordValues): string {
    const line = `${this.#canonical.of(values)}\n`;
    this.#longest = Math.max(this.#longest, line.length);
    return line;
  }

  end(): string {
    return "";
  }
}
