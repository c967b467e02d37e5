/** What is judged, out of files: the same for `waybill verify` and for the verifier of one file. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NotFoundError } from "../../kernel/index.ts";
import { type Payload, payloadNameIn } from "../../modules/distribution/index.ts";
import { parseNoteKey, readPublicKey } from "../../modules/ledger/index.ts";
import type { JudgeInput } from "./judge.ts";

/** Paths of files, but for the name, the keys and the numbers. */
export interface VerifyOptions {
  readonly key?: string | undefined;
  readonly payload?: string | undefined;
  readonly proof?: string | undefined;
  readonly receipt?: string | undefined;
  readonly customer?: bigint | undefined;
  readonly opening?: string | undefined;
  readonly checkpoint?: string | undefined;
  readonly since?: string | undefined;
  readonly origin?: string | undefined;
  readonly witness?: readonly string[] | undefined;
  readonly quorum?: number | undefined;
}

/**
 * Reads everything that was named, and finds the payload where none was.
 * @param payloadAt makes a payload of a path
 * @throws NotFoundError `file-not-found` with the path
 * @throws InvalidInputError `key-unreadable`
 */
export async function readInput(
  file: string,
  options: VerifyOptions,
  payloadAt: (path: string) => Payload,
): Promise<JudgeInput> {
  const document = await readNamed(file);
  const key = await readText(options.key);
  const payload = await payloadPath({ file, document, named: options.payload });
  const witnesses = (options.witness ?? []).map(parseNoteKey);
  return {
    document,
    publicKey: key === undefined ? undefined : readPublicKey(key),
    payload: payload === undefined ? undefined : payloadAt(payload),
    proof: await readText(options.proof),
    opening: await readText(options.opening),
    receipt: options.receipt === undefined ? undefined : await readNamed(options.receipt),
    customer: options.customer,
    ledger: {
      origin: options.origin,
      witnesses,
      quorum: options.quorum ?? witnesses.length,
      earlier: await readText(options.checkpoint),
      continuation: await readText(options.since),
    },
  };
}

/** The payload that was named, or that lies beside its waybill under the name that the waybill gives. */
async function payloadPath({
  file,
  document,
  named,
}: {
  readonly file: string;
  readonly document: Uint8Array;
  readonly named: string | undefined;
}): Promise<string | undefined> {
  if (named !== undefined) {
    return (await isFile(named)) ? named : refuseMissing(named);
  }
  const name = payloadNameIn(document);
  if (name === undefined || basename(name) !== name) {
    return undefined;
  }
  const beside = join(dirname(file), name);
  return (await isFile(beside)) ? beside : undefined;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

async function readText(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : (await readNamed(path)).toString("utf8");
}

async function readNamed(path: string): Promise<Buffer> {
  return await readFile(path).catch((cause: unknown) => refuseMissing(path, cause));
}

function refuseMissing(path: string, cause?: unknown): never {
  throw new NotFoundError("file-not-found", `there is no readable file ${path}`, {
    hint: "check the path",
    cause,
  });
}
