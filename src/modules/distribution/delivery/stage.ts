/** Reads what leaves, in one snapshot, and stages the payload; and takes out of it who must not leave after all. */
import { rename } from "node:fs/promises";
import path from "node:path";
import { assert } from "../../../kernel/index.ts";
import type { Transaction, TransactionOptions } from "../../../platform/postgres/index.ts";
import type { Encoding } from "../payload/encoder.ts";
import { pack } from "../payload/pack.ts";
import type { PackingRequest } from "../payload/packer.ts";
import type { Contents, PackedPayload } from "../payload/packing.ts";
import type { ProjectedField } from "../payload/record.ts";
import { writeParquet } from "../payload/parquet.ts";
import type { RecordValues } from "../payload/text-form.ts";
import { copyLine } from "../payload/copy-text.ts";
import {
  PayloadFile,
  digestOf,
  onDisk,
  removeFile,
  syncPath,
  type Digest,
} from "../payload/payload-file.ts";
import { readPayload } from "../payload/read-payload.ts";
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
  readonly secret: Buffer;
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

/** Where a payload is staged. */
export type StagingPlace = Pick<StageRequest, "folder" | "spool" | "name">;

/** Where the payload lies until it is handed over; what it was made from: another payload, the text of a Parquet file. */
function stagingPaths({ folder, spool, name }: StagingPlace): {
  readonly payload: string;
  readonly former: string;
  readonly text: string;
} {
  return {
    payload: path.join(folder, partialName(name)),
    former: path.join(folder, partialName(`${name}.former`)),
    text: path.join(spool, partialName(`${name}.text`)),
  };
}

/** Removes what staging has left behind. */
export async function removeStaged(place: StagingPlace): Promise<void> {
  const { payload, former, text } = stagingPaths(place);
  await removeFile(payload);
  await removeFile(former);
  await removeFile(text);
}

/** Stages the payload. Whoever calls does {@link removeStaged} in the end. */
export async function stagePayload(tx: Transaction, request: StageRequest): Promise<Staged> {
  const seen = await lastChange(tx);
  return await writePayload({ ...request, seen, rows: projected(tx, request) });
}

/**
 * Stages the payload again without some of its records: from what is staged, not from the database, so that
 * all others leave as they were chosen.
 */
export async function stageWithout(
  request: StageRequest,
  staged: Staged,
  out: ReadonlySet<bigint>,
): Promise<Staged> {
  const { former } = stagingPaths(request);
  await onDisk(former, () => rename(staged.path, former));
  const records = readPayload({
    path: former,
    format: request.destination.format,
    fields: projectedFields(request.plan),
  });
  const { seen } = staged.leaving;
  const rows = rowsWithout(records, staged.leaving, out);
  const written = await writePayload({ ...request, seen, rows });
  await removeFile(former);
  return written;
}

/** Characters that are gathered into a chunk. */
const CHUNK_CHARACTERS = 64 * 1024;

/** The rows of a payload as they were read, without some. */
async function* rowsWithout(
  records: AsyncIterable<RecordValues>,
  leaving: Leaving,
  out: ReadonlySet<bigint>,
): AsyncIterable<Buffer> {
  const rows = leaving.rows();
  let lines = "";
  for await (const values of records) {
    const row = rows.next();
    assert(row.done !== true, () => "a payload has a record for every row that has left");
    const { id, forms } = row.value;
    if (!out.has(id)) {
      lines += copyLine([String(id), forms, ...values]);
    }
    if (lines.length > CHUNK_CHARACTERS) {
      yield Buffer.from(lines);
      lines = "";
    }
  }
  assert(rows.next().done === true, () => "a payload has a record for every row that has left");
  yield Buffer.from(lines);
}

interface Writing extends StageRequest {
  /** As `OutgoingRows` takes them. */
  readonly rows: AsyncIterable<Buffer>;
  /** The newest change that they have seen. */
  readonly seen: bigint;
}

async function writePayload(writing: Writing): Promise<Staged> {
  const { plan, signal } = writing;
  const { format } = writing.destination;
  const { payload, text } = stagingPaths(writing);
  if (format !== "parquet") {
    const { digest, contents, leaving } = await writeText(writing, { path: payload, format });
    return { path: payload, digest, contents, leaving };
  }
  await makeSpool(writing.spool);
  const written = await writeText(writing, { path: text, format: "canonical" });
  const columns = plan.fields.map((one) => ({
    name: one.field.name,
    type: outgoingType(one) === one.field.type.kind ? one.field.type : TEXT,
  }));
  const { contents, leaving, longest } = written;
  await writeParquet({ staged: text, longestRecord: longest, path: payload, columns, signal });
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
  const { contents } = await pack({
    ...packingOf({ plan, secret, waybillId: "" }, "none"),
    chunks: projected(tx, { plan, protect }),
    write: () => Promise.resolve(),
    note: () => {},
    signal,
  });
  return contents;
}

async function writeText(
  writing: Writing,
  { path: textPath, format }: { readonly path: string; readonly format: Encoding["format"] },
): Promise<PackedPayload & { readonly digest: Digest; readonly leaving: Leaving }> {
  await using file = await PayloadFile.create(textPath);
  const leaving = new Leaving(writing.plan.fields, writing.seen);
  const packed = await pack({
    ...packingOf(writing, format),
    chunks: writing.rows,
    write: (bytes) => file.write(bytes),
    note: (rows) => {
      leaving.add(rows);
    },
    signal: writing.signal,
  });
  return { ...packed, leaving, digest: await file.finish() };
}

/** The rows that a plan chooses, with sealed values opened. */
function projected(
  tx: Transaction,
  { plan, protect }: Pick<StageRequest, "plan" | "protect">,
): AsyncIterable<Buffer> {
  return openSealed(readProjection(tx, plan), {
    ...plan,
    protection: () => protect(plan.client.key),
  });
}

function packingOf(
  { plan, secret, waybillId }: Pick<StageRequest, "plan" | "secret" | "waybillId">,
  format: Encoding["format"],
): PackingRequest {
  const { totals } = plan;
  return { fields: projectedFields(plan), totals, secret, encoding: { format, waybillId } };
}
