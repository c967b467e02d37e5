/** The auditor of the demo: a folder with what was handed over, and the one file that judges it. */
import { execFile } from "node:child_process";
import { copyFile, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { must } from "../../kernel/index.ts";
import type { Client } from "../../modules/contracts/index.ts";
import {
  printInclusion,
  proveEntry,
  publicKeyPem,
  publishHead,
  selectEntries,
  sequence,
} from "../../modules/ledger/index.ts";
import { renderTable } from "../cli/table.ts";
import type { Context } from "../context.ts";
import { openLedger } from "../ledgers.ts";
import type { Judged } from "../verifier/judge.ts";
import { OUTCOMES } from "../verifier/outcomes.ts";

/** The verifier as everybody gets it, built by tools/verifier. */
const VERIFIER = join(import.meta.dirname, "../../../docs/verifier/waybill-verify.mjs");
const PROGRAM = basename(VERIFIER);
const KEY = "operator.pem";

export class Auditor implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** An empty folder but for the verifier and the operator's public key. */
  static async arrive(context: Context, client: Client): Promise<Auditor> {
    const auditor = new Auditor(await mkdtemp(join(tmpdir(), "waybill-auditor-")));
    await copyFile(VERIFIER, join(auditor.folder, PROGRAM));
    const { signer } = await openLedger(context, client);
    await auditor.receive(KEY, publicKeyPem(signer.publicKey));
    return auditor;
  }

  async receive(name: string, content: string | Uint8Array): Promise<void> {
    await writeFile(join(this.folder, name), content);
  }

  /** A waybill with its payload, as they lie where they were delivered. @returns the waybill's name */
  async receiveDelivery(waybillFile: string, payload: string): Promise<string> {
    const name = basename(waybillFile);
    await cp(waybillFile, join(this.folder, name));
    await cp(join(dirname(waybillFile), payload), join(this.folder, payload));
    return name;
  }

  /** Runs the one file with Node alone: none of the program's packages is to be found from there. */
  async verify(file: string, options: readonly string[] = []): Promise<Judged> {
    const args = [PROGRAM, file, "--key", KEY, ...options, "--json"];
    const printed = await new Promise<string>((resolve) => {
      // Its exit code is in what it prints too.
      execFile(process.execPath, args, { cwd: this.folder, env: {} }, (_, text) => resolve(text));
    });
    const judged: Judged = JSON.parse(printed);
    return judged;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The newest entry of a client's ledger about something, proved to others. */
export async function proofAbout(context: Context, client: Client, about: string): Promise<string> {
  const ledger = await openLedger(context, client);
  await sequence(ledger);
  const head = await publishHead(ledger);
  return await ledger.db.scoped(
    ledger.scope,
    async (tx) => {
      const [newest] = await selectEntries(tx, { limit: 1, about });
      const { index } = must(newest, "what is proved was noted");
      return printInclusion(await proveEntry(tx, head, index));
    },
    { readOnly: true },
  );
}

/** What was looked at, or only what is not in order. */
export function renderVerdict({ ok, checks }: Judged, only?: "failed"): string {
  const shown = checks.filter(({ outcome }) =>
    only === undefined ? outcome !== "skipped" : outcome === only,
  );
  const table = renderTable(shown, [
    { head: "check", cell: (row) => row.name },
    { head: "", cell: (row) => OUTCOMES[row.outcome] },
    { head: "found", cell: (row) => row.detail },
  ]);
  return `${table}\n\n${ok ? "accepted" : "refused"}`;
}
