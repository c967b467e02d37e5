import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "commander";
import { InvalidInputError } from "../../../kernel/index.ts";
import { payloadAt } from "../../../modules/distribution/index.ts";
import { readInput, type VerifyOptions } from "../../verifier/files.ts";
import { judge } from "../../verifier/judge.ts";
import { renderJudged } from "../../verifier/render.ts";
import { EXIT_CODES } from "../failure.ts";
import { action, type Invocation } from "../invocation.ts";
import { collect, parseId, parseLimit } from "../parse.ts";

/** The verifiers that need nothing installed, as tools/verifier builds them. */
const BUILT = join(import.meta.dirname, "../../../../docs/verifier");
const VERIFIERS = ["waybill-verify.mjs", "waybill-verify.html"] as const;

export function verifyCommand(): Command {
  return new Command("verify")
    .description("check a waybill with its payload, a certificate or a proof, offline")
    .argument("[file]", "a waybill, a certificate, a checkpoint or a proof")
    .option("--payload <file>", "the payload (default: the file the waybill names, beside it)")
    .option("--key <file>", "the operator's public key, PEM or base64, known from elsewhere")
    .option("--proof <file>", "a .tlog-proof that the document is in the operator's ledger")
    .option("--receipt <file>", "shows one record of a delivery, or whether one customer was in it")
    .option("--customer <id>", "whom the receipt must be about", parseId)
    .option("--opening <file>", "shows whom a certificate is about")
    .option("--checkpoint <file>", "a checkpoint that you have kept: the ledger must continue it")
    .option("--since <file>", "the proof that it does, when the ledger has grown since")
    .option("--origin <name>", "the name that the ledger must have")
    .option("--witness <key>", "the key of a witness; may be given several times", collect)
    .addOption(
      new Option(
        "--quorum <n>",
        "how many of the witnesses must have cosigned (default: all)",
      ).argParser(parseLimit),
    )
    .option("--export <folder>", "put the verifiers there that others need nothing else for")
    .addHelpText(
      "after",
      `
Needs no database, only the files and the operator's public key. Without --key the signature is
checked by the key in the document itself, which shows that nothing was altered, but not who signed.

With --export, two files for whoever has no Waybill: one for Node, one a page for browsers.

Exit codes: 0 everything that could be checked is in order, 3 something is not.`,
    )
    .action(action(runVerify));
}

interface Options extends VerifyOptions {
  readonly export?: string | undefined;
}

async function runVerify(
  invocation: Invocation,
  file: string | undefined,
  options: Options,
): Promise<number> {
  if (options.export !== undefined) {
    return await exportVerifiers(invocation, options.export);
  }
  if (file === undefined) {
    throw new InvalidInputError("usage", "name the file to verify", [], {
      hint: "waybill verify list.waybill.json --key operator.pem",
    });
  }
  const judged = await judge(await readInput(file, options, payloadAt));
  invocation.output.result({ file, ...judged }, (columns) => renderJudged(file, judged, columns));
  return judged.ok ? 0 : EXIT_CODES.refused;
}

async function exportVerifiers({ output }: Invocation, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  for (const name of VERIFIERS) {
    await copyFile(join(BUILT, name), join(folder, name));
  }
  const files = VERIFIERS.map((name) => join(folder, name));
  output.result({ files }, () => files.join("\n"));
  return 0;
}
