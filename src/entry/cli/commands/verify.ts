import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Command } from "commander";
import { NotFoundError } from "../../../kernel/index.ts";
import {
  type Payload,
  payloadAt,
  type Verification,
  verifyWaybill,
} from "../../../modules/distribution/index.ts";
import { readPublicKey } from "../../../modules/ledger/index.ts";
import { EXIT_CODES } from "../failure.ts";
import { action, type Invocation } from "../invocation.ts";
import { renderTable } from "../table.ts";

export function verifyCommand(): Command {
  return new Command("verify")
    .description("check a waybill and its payload, offline")
    .argument("<waybill>", "the waybill's file")
    .option("--payload <file>", "the payload (default: the file the waybill names, beside it)")
    .option("--key <file>", "the operator's public key, PEM or base64, known from elsewhere")
    .option("--proof <file>", "a .tlog-proof that the waybill is in the operator's ledger")
    .addHelpText(
      "after",
      `
Needs no database, only the files and the operator's public key. Without --key the signature is
checked by the key in the waybill itself, which shows that nothing was altered, but not who signed.

Exit codes: 0 everything that could be checked is in order, 3 something is not.`,
    )
    .action(action(runVerify));
}

interface Options {
  readonly payload?: string;
  readonly key?: string;
  readonly proof?: string;
}

async function runVerify({ output }: Invocation, file: string, options: Options): Promise<number> {
  const waybillBytes = await readOrRefuse(file);
  const verification = await verifyWaybill({
    waybillBytes,
    payload: await payloadFor(file, waybillBytes, options.payload),
    publicKey: options.key === undefined ? undefined : await readKey(options.key),
    proof: options.proof === undefined ? undefined : await readText(options.proof),
  });
  output.result({ file, ...verification }, (columns) =>
    renderVerification(file, verification, columns),
  );
  return verification.ok ? 0 : EXIT_CODES.refused;
}

async function readOrRefuse(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw new NotFoundError("file-not-found", `there is no readable file ${file}`, {
      hint: "give the path of a waybill: it ends in .waybill.json",
      cause,
    });
  });
}

async function readKey(file: string): Promise<string> {
  return readPublicKey(await readText(file));
}

async function readText(file: string): Promise<string> {
  return (await readOrRefuse(file)).toString("utf8");
}

/** The payload that was named, or that lies beside its waybill under the name that the waybill gives. */
async function payloadFor(
  file: string,
  waybillBytes: Buffer,
  named: string | undefined,
): Promise<Payload | undefined> {
  const found = named ?? (await payloadBeside(file, waybillBytes));
  return found === undefined ? undefined : payloadAt(found);
}

async function payloadBeside(file: string, waybillBytes: Buffer): Promise<string | undefined> {
  const { waybill } = await verifyWaybill({ waybillBytes });
  if (waybill === undefined || basename(waybill.payload.file) !== waybill.payload.file) {
    return undefined;
  }
  const payload = join(dirname(file), waybill.payload.file);
  const found = await stat(payload).catch(() => undefined);
  return found?.isFile() === true ? payload : undefined;
}

/** How the outcome of a check is called. */
export const OUTCOMES = { passed: "ok", failed: "FAILED", skipped: "not checked" } as const;

/** @param columns how wide the terminal is, if it is one */
export function renderVerification(
  file: string,
  verification: Verification,
  columns?: number,
): string {
  const table = renderTable(
    verification.checks,
    [
      { head: "check", cell: (row) => row.name },
      { head: "", cell: (row) => OUTCOMES[row.outcome] },
      { head: "found", cell: (row) => row.detail },
    ],
    columns,
  );
  return `${table}\n\n${file}: ${verification.ok ? "in order" : "NOT in order"}`;
}
