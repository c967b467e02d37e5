/**
 * The verifier as one file for Node: `node waybill-verify.mjs FILE --key operator.pem`. Needs nothing
 * installed, no network and no Waybill. Built by tools/verifier; docs/guides/audit.md shows its use.
 */
import { createReadStream } from "node:fs";
import { parseArgs } from "node:util";
import { WaybillError } from "../../kernel/index.ts";
import { readInput } from "./files.ts";
import { judge } from "./judge.ts";
import { renderJudged } from "./render.ts";

const USAGE = `node waybill-verify.mjs FILE --key operator.pem [options]

FILE is a waybill, a certificate, a checkpoint or a proof.

  --key FILE          the operator's public key, PEM or base64, known from elsewhere
  --payload FILE      the payload (default: the file that the waybill names, beside it)
  --proof FILE        a .tlog-proof that FILE is in the operator's ledger
  --receipt FILE      shows one record of the delivery, or whether one customer was in it
  --customer NUMBER   whom the receipt must be about
  --opening FILE      shows whom a certificate is about
  --checkpoint FILE   a checkpoint that you have kept: the ledger must continue it
  --since FILE        the proof that it does, when the ledger has grown since
  --origin NAME       the name that the ledger must have
  --witness KEY       the key of a witness who must have cosigned; may be given several times
  --quorum N          how many of them must have (default: all)
  --json              the result as JSON

Exit codes: 0 everything that could be checked is in order, 2 wrong use, 3 something is not in order.
`;

const OPTIONS = {
  key: { type: "string" },
  payload: { type: "string" },
  proof: { type: "string" },
  receipt: { type: "string" },
  customer: { type: "string" },
  opening: { type: "string" },
  checkpoint: { type: "string" },
  since: { type: "string" },
  origin: { type: "string" },
  witness: { type: "string", multiple: true },
  quorum: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const EXIT = { inOrder: 0, usage: 2, notInOrder: 3 } as const;

/** Read so many bytes at a time: fewer turns of the loop for a large payload. */
const CHUNK_BYTES = 1024 * 1024;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [file, ...more] = positionals;
  if (values.help === true || file === undefined || more.length > 0) {
    process.stdout.write(USAGE);
    return values.help === true ? EXIT.inOrder : EXIT.usage;
  }
  const quorum = parseNumber("--quorum", values.quorum);
  const customer = parseNumber("--customer", values.customer);
  const options = {
    ...values,
    quorum: quorum === undefined ? undefined : Number(quorum),
    customer,
  };
  const input = await readInput(file, options, (path) => ({
    chunks: () => createReadStream(path, { highWaterMark: CHUNK_BYTES }),
  }));
  const judged = await judge(input);
  const shown =
    values.json === true
      ? JSON.stringify({ file, ...judged }, null, 2)
      : renderJudged(file, judged, process.stdout.columns);
  process.stdout.write(`${shown}\n`);
  return judged.ok ? EXIT.inOrder : EXIT.notInOrder;
}

function parseNumber(option: string, text: string | undefined): bigint | undefined {
  if (text !== undefined && !/^[1-9]\d{0,18}$/u.test(text)) {
    throw new TypeError(`${option} takes a number from 1 on`);
  }
  return text === undefined ? undefined : BigInt(text);
}

/** One line for people; what Node's own parser of options says is one already. */
function messageOf(error: unknown): string {
  if (error instanceof WaybillError) {
    return error.hint === undefined ? error.message : `${error.message}: ${error.hint}`;
  }
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  return EXIT.usage;
});
