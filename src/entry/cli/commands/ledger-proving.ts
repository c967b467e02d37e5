/** What others are given of a ledger, and how they check it. */
import { readFile, stat } from "node:fs/promises";
import { Command, Option } from "commander";
import { InvalidInputError, NotFoundError } from "../../../kernel/index.ts";
import {
  auditFolder,
  type Checkpoint,
  cosignedHead,
  type Ledger,
  type LedgerTrust,
  parseCheckpoint,
  parseNoteKey,
  printConsistency,
  printInclusion,
  printNoteKey,
  proveContinuation,
  proveEntry,
  type PublishedHead,
  publishHead,
  publishTo,
  readPublicKey,
  selectEntries,
  sha256,
  verifyLedgerFile,
} from "../../../modules/ledger/index.ts";
import { ledgerEntry } from "../../../protocol/ledger/index.ts";
import { EXIT_CODES } from "../failure.ts";
import { action, type Invocation } from "../invocation.ts";
import { currentLedger } from "../ledger-scene.ts";
import { collect, parseLimit, parseWhole } from "../parse.ts";
import { renderJudged } from "../../verifier/render.ts";

export function keyCommand(): Command {
  return new Command("key")
    .description("the key that a client's checkpoints are verified by, as witnesses take it")
    .argument("<client>", "the client's key")
    .action(action(printKey));
}

export function proveCommand(): Command {
  return new Command("prove")
    .description("prove to others what the ledger tells, or that its past is as it was")
    .argument("<client>", "the client's key")
    .argument("[index]", "an entry, by its index", parseWhole)
    .option("--waybill <file>", "the entry of this waybill")
    .option("--since <file>", "that everything of this earlier checkpoint is as it was")
    .option("--cosigned", "in the newest checkpoint that witnesses have cosigned")
    .addHelpText(
      "after",
      `
Give one of the three. The proof goes to standard output, for a file that ends in .tlog-proof:
  waybill ledger prove telecom --waybill a.waybill.json > a.tlog-proof
  waybill verify a.waybill.json --key operator.pem --proof a.tlog-proof
With --since it is what a witness is sent, and what 'waybill ledger verify --earlier' reads.`,
    )
    .action(action(prove));
}

export function ledgerVerifyCommand(): Command {
  return new Command("verify")
    .description("check a checkpoint, a proof or a published ledger, offline")
    .argument("<path>", "a checkpoint, a .tlog-proof, a proof of continuation, or a folder")
    .requiredOption(
      "--key <file>",
      "the operator's public key, or the ledger's, known from elsewhere",
    )
    .option("--origin <name>", "the name that the ledger must have")
    .option("--earlier <file>", "a checkpoint that you have kept")
    .option("--witness <key>", "the key of a witness; may be given several times", collect)
    .addOption(
      new Option(
        "--quorum <n>",
        "how many of the witnesses must have cosigned (default: all)",
      ).argParser(parseLimit),
    )
    .addHelpText(
      "after",
      `
Needs no database. Of a folder the whole tree is worked out again from its entries.

Exit codes: 0 everything that could be checked is in order, 3 something is not.`,
    )
    .action(action(verify));
}

export function publishCommand(): Command {
  return new Command("publish")
    .description("write the ledger as static files, which any web server can hand out")
    .argument("<client>", "the client's key")
    .requiredOption("--out <folder>", "where; what is there already stays, and is continued")
    .action(action(publish));
}

async function printKey({ open, output }: Invocation, key: string): Promise<void> {
  const ledger = await currentLedger(await open(), key);
  const { origin } = await publishHead(ledger);
  const text = printNoteKey({
    kind: "ledger",
    name: origin,
    publicKey: ledger.signer.publicKey,
  });
  output.result({ client: key, origin, key: text }, () => text);
}

interface ProveOptions {
  readonly waybill?: string;
  readonly since?: string;
  readonly cosigned?: boolean;
}

async function prove(
  { open, output }: Invocation,
  key: string,
  index: number | undefined,
  ...[{ waybill, since, cosigned }]: [ProveOptions]
): Promise<void> {
  if ([index, waybill, since].filter((one) => one !== undefined).length !== 1) {
    throw new InvalidInputError(
      "usage",
      "give an index, --waybill or --since: exactly one of them",
    );
  }
  const earlier = since === undefined ? undefined : await readCheckpoint(since);
  const named = waybill === undefined ? undefined : await readBytes(waybill);
  const ledger = await currentLedger(await open(), key);
  const head = await (cosigned === true ? cosignedHead(ledger) : publishHead(ledger));
  const of = { ledger, head };
  const proof =
    earlier === undefined
      ? await proofOfEntry(of, named === undefined ? index : await indexOf(ledger, named))
      : await proofSince(of, earlier);
  output.result({ client: key, proof }, () => proof.trimEnd());
}

/** A ledger, and the tree of it in which something is proved. */
interface Proving {
  readonly ledger: Ledger;
  readonly head: PublishedHead;
}

async function proofOfEntry({ ledger, head }: Proving, index = 0): Promise<string> {
  const read = { readOnly: true };
  return printInclusion(
    await ledger.db.scoped(ledger.scope, (tx) => proveEntry(tx, head, index), read),
  );
}

async function proofSince({ ledger, head }: Proving, earlier: Checkpoint): Promise<string> {
  const read = { readOnly: true };
  return printConsistency(
    await ledger.db.scoped(ledger.scope, (tx) => proveContinuation(tx, head, earlier), read),
  );
}

/** Where the ledger tells of a waybill. */
async function indexOf({ db, scope, client }: Ledger, waybill: Buffer): Promise<number> {
  const about = waybillIdOf(waybill);
  const digest = sha256(waybill).toString("hex");
  const found = await db.scoped(scope, (tx) => selectEntries(tx, { limit: 10, about }), {
    readOnly: true,
  });
  for (const { index, entry } of found) {
    const told = ledgerEntry.parse(JSON.parse(entry));
    if (told.kind === "delivery-sealed" && told.waybill === digest) {
      return index;
    }
  }
  throw new NotFoundError("waybill-not-logged", `this waybill is not in the ledger of ${client}`, {
    hint:
      found.length === 0
        ? "it is of another client or operator, or older than the ledger"
        : "the ledger has a waybill of that id, with other bytes: the file was altered",
  });
}

function waybillIdOf(bytes: Buffer): string {
  try {
    const document: unknown = JSON.parse(bytes.toString("utf8"));
    const id: unknown = Object(document).waybillId;
    if (typeof id === "string") {
      return id;
    }
  } catch {
    // Not JSON: refused below like JSON of something else.
  }
  throw new InvalidInputError("waybill-unreadable", "the file is no waybill", [], {
    hint: "give the path of a waybill: it ends in .waybill.json",
  });
}

interface VerifyOptions {
  readonly key: string;
  readonly origin?: string;
  readonly earlier?: string;
  readonly witness?: readonly string[];
  readonly quorum?: number;
}

async function verify(
  { output }: Invocation,
  path: string,
  options: VerifyOptions,
): Promise<number> {
  const trust = await trustOf(options);
  const earlier =
    options.earlier === undefined ? undefined : (await readBytes(options.earlier)).toString("utf8");
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  const found = isFolder
    ? await auditFolder(path, trust, earlier)
    : verifyLedgerFile((await readBytes(path)).toString("utf8"), trust, earlier);
  const { ok, checks, index, entry } = found;
  output.result({ path, ok, checks, index, entry }, (columns) =>
    renderJudged(path, found, columns),
  );
  return ok ? 0 : EXIT_CODES.refused;
}

/** The key is the operator's, or that of the ledger, which names it too. */
async function trustOf(options: VerifyOptions): Promise<LedgerTrust> {
  const text = (await readBytes(options.key)).toString("utf8");
  const isPlain = text.includes("-----") || !/\+[0-9a-f]{8}\+/u.test(text);
  const key = isPlain ? { publicKey: readPublicKey(text) } : parseNoteKey(text);
  const witnesses = (options.witness ?? []).map(parseNoteKey);
  return {
    publicKey: key.publicKey,
    origin: options.origin ?? ("name" in key ? key.name : undefined),
    witnesses,
    quorum: options.quorum ?? witnesses.length,
  };
}

async function publish(
  { open, output }: Invocation,
  key: string,
  { out }: { readonly out: string },
): Promise<void> {
  const { origin, size, before } = await publishTo(await currentLedger(await open(), key), out);
  output.result({ client: key, folder: out, origin, size, added: size - before }, () =>
    before === size
      ? `${out}: nothing to do, all ${size} entries of ${origin} are there`
      : `${out}: ${size - before} more of ${origin}, ${size} in all`,
  );
}

async function readCheckpoint(path: string): Promise<Checkpoint> {
  const checkpoint = parseCheckpoint((await readBytes(path)).toString("utf8"));
  if (checkpoint === undefined) {
    throw new InvalidInputError("checkpoint-unreadable", `${path} is no checkpoint`, [], {
      hint: "give a file as 'waybill ledger checkpoint' prints it",
    });
  }
  return checkpoint;
}

async function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: unknown) => {
    throw new NotFoundError("file-not-found", `there is no readable file ${path}`, {
      hint: "check the path",
      cause,
    });
  });
}
