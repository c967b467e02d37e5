/** Reads what leaves, in one snapshot, and stages the payload. */
import path from "node:path";
import type { Transaction, TransactionOptions } from "../../../platform/postgres/index.ts";
import type { ByteSink } from "../payload/byte-sink.ts";
import { encoderFor, type Encoder } from "../payload/encoder.ts";
import type { OutgoingRows } from "../payload/outgoing-rows.ts";
import { CanonicalRecord, type ProjectedField } from "../payload/record.ts";
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
import { lastChange } from "../../customers/index.ts";
import { readProjection } from "../store/projection.ts";
import type { DeliveryDeps } from "./deps.ts";
import { Leaving, outgoingType } from "./leaving.ts";
import { openSealed } from "./open-sealed.ts";
import type { DeliveryPlan } from "./plan.ts";

/** Reading a million customers takes longer than a statement may by default. */
export const READING: TransactionOptions = {
  readOnly: true,
  isolation: "repeatable read",
  statementTimeoutMs: 0,
};

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
  /** Opens sealed fields. */
  readonly protect: DeliveryDeps["protect"];
  readonly signal?: AbortSignal | undefined;
}

/** A staged payload and what is in it. */
export interface Staged {
  readonly path: string;
  readonly digest: Digest;
  readonly contents: Contents;
  readonly leaving: Leaving;
}

export function projectedFields({ fields }: DeliveryPlan): ProjectedField[] {
  return fields.map((one) => ({ name: one.field.name, type: outgoingType(one) }));
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
  const leaving = new Leaving(request.plan.fields, await lastChange(tx));
  const writing = { ...request, leaving };
  if (format !== "parquet") {
    const encoder = encoderFor(format, projectedFields(request.plan), request.waybillId);
    const written = await writeText(tx, { ...writing, path: payload, encoder });
    return { path: payload, leaving, ...written };
  }
  await makeSpool(request.spool);
  const encoder = new CanonicalEncoder(projectedFields(request.plan));
  const { contents } = await writeText(tx, { ...writing, path: text, encoder });
  const columns = request.plan.fields.map((one) => ({
    name: one.field.name,
    type: outgoingType(one) === one.field.type.kind ? one.field.type : TEXT,
  }));
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
  return { path: payload, digest: await digestOf(payload), contents, leaving };
}

const TEXT = { kind: "text" } as const;

/** Counts, sums and commits without keeping anything: what a dry run does. */
export async function measure(
  tx: Transaction,
  { plan, secret, protect, signal }: Pick<StageRequest, "plan" | "secret" | "protect" | "signal">,
): Promise<Contents> {
  const nothing = (): void => {};
  const encoder: Encoder = { begin: nothing, add: nothing, end: nothing };
  return await pack({
    ...packing(tx, { plan, protect }),
    secret,
    signal,
    encoder,
    write: () => Promise.resolve(),
  });
}

async function writeText(
  tx: Transaction,
  request: StageRequest & {
    readonly path: string;
    readonly encoder: Encoder;
    readonly leaving: Leaving;
  },
): Promise<{ digest: Digest; contents: Contents }> {
  await using file = await PayloadFile.create(request.path);
  const { secret, signal, encoder, leaving } = request;
  const contents = await pack({
    ...packing(tx, request),
    secret,
    signal,
    encoder,
    write: (bytes) => file.write(bytes),
    onRow: (rows) => {
      leaving.add(rows);
    },
  });
  return { digest: await file.finish(), contents };
}

function packing(
  tx: Transaction,
  { plan, protect }: Pick<StageRequest, "plan" | "protect">,
): Pick<PackRequest, "chunks" | "fields" | "totals"> {
  const opening = { ...plan, protection: () => protect(plan.client.key) };
  return {
    chunks: openSealed(readProjection(tx, plan), opening),
    fields: projectedFields(plan),
    totals: plan.totals,
  };
}

/** One canonical record a line; remembers how long the longest is. */
class CanonicalEncoder implements Encoder {
  readonly #canonical: CanonicalRecord;
  #longest = 0;

  constructor(fields: readonly ProjectedField[]) {
    this.#canonical = new CanonicalRecord(fields);
  }

  /** In bytes. */
  get longestRecord(): number {
    return this.#longest;
  }

  begin(): void {}

  add(rows: OutgoingRows, out: ByteSink): void {
    const before = out.length;
    this.#canonical.write(rows, out);
    out.byte(LINE_FEED);
    this.#longest = Math.max(this.#longest, out.length - before);
  }

  end(): void {}
}

const LINE_FEED = 0x0a;
