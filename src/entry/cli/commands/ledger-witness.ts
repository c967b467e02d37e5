/** Witnesses of a client's ledger, and being one for the ledgers of others. */
import { Command } from "commander";
import { ConflictError, InvalidInputError, NotFoundError } from "../../../kernel/index.ts";
import {
  askWitnesses,
  deleteWitness,
  insertWitness,
  parseNoteKey,
  printNoteKey,
  recordInLedger,
  selectWitnesses,
  witnessedLedgers,
  witnessLedger,
} from "../../../modules/ledger/index.ts";
import { openCosigner, postToWitness } from "../../witnessing.ts";
import { EXIT_CODES } from "../failure.ts";
import { action, type Invocation } from "../invocation.ts";
import { currentLedger } from "../ledger-scene.ts";
import { renderTable } from "../table.ts";

export function witnessCommand(): Command {
  const command = new Command("witness").description(
    "who vouches that nothing of a ledger was rewritten, and for whom this installation does",
  );
  command
    .command("add")
    .description("have somebody cosign the checkpoints of a client's ledger")
    .argument("<client>", "the client's key")
    .argument("<key>", "the witness's key, as it hands it out: name+id+base64")
    .requiredOption("--url <url>", "where it answers add-checkpoint (c2sp.org/tlog-witness)")
    .action(action(add));
  command
    .command("remove")
    .description("ask a witness no more")
    .argument("<client>", "the client's key")
    .argument("<name>", "the witness's name")
    .action(action(remove));
  command
    .command("list")
    .description("the witnesses of a client's ledger, and how far each has seen it")
    .argument("<client>", "the client's key")
    .action(action(list));
  command
    .command("ask")
    .description("have the newest checkpoint cosigned now; 'waybill serve' does so by itself")
    .argument("<client>", "the client's key")
    .action(action(ask));
  command
    .command("key")
    .description("the key by which this installation cosigns the ledgers of others")
    .action(action(key));
  command
    .command("trust")
    .description("be a witness for somebody else's ledger, at /witness/add-checkpoint of 'serve'")
    .argument("<key>", "the ledger's key, as 'waybill ledger key CLIENT' prints it there")
    .action(action(trust));
  command
    .command("trusted")
    .description("the ledgers that this installation is a witness for")
    .action(action(trusted));
  return command;
}

async function add(
  { open, output }: Invocation,
  client: string,
  text: string,
  { url }: { readonly url: string },
): Promise<void> {
  const parsed = parseNoteKey(text);
  if (parsed.kind !== "witness") {
    throw new InvalidInputError("key-unreadable", "this is the key of a ledger, not of a witness");
  }
  if (!URL.canParse(url) || !/^https?:$/u.test(new URL(url).protocol)) {
    throw new InvalidInputError("url-unreadable", `${url} is no address of the web`, [], {
      hint: "give it as https://witness.example/path, without add-checkpoint",
    });
  }
  const context = await open();
  const { db, clock, actor } = context;
  const { scope } = await currentLedger(context, client);
  const witness = { name: parsed.name, key: printNoteKey(parsed), url };
  await db.scoped(scope, async (tx) => {
    const at = clock.now();
    if (!(await insertWitness(tx, witness, { at, actor }))) {
      throw new ConflictError("witness-known", `${witness.name} is a witness already`, {
        hint: "remove it first, to change its key or address",
      });
    }
    await recordInLedger(tx, [
      {
        version: "1",
        kind: "witness-added",
        at: at.toISOString(),
        actor,
        about: `witness ${witness.name}`,
        witness: { key: witness.key },
      },
    ]);
  });
  await currentLedger(context, client);
  output.result({ client, witness }, () => `${witness.name} is asked from now on`);
}

async function remove({ open, output }: Invocation, client: string, name: string): Promise<void> {
  const context = await open();
  const { db, clock, actor } = context;
  const { scope } = await currentLedger(context, client);
  await db.scoped(scope, async (tx) => {
    const removed = await deleteWitness(tx, name);
    if (removed === undefined) {
      throw new NotFoundError("witness-unknown", `${client} has no witness ${name}`, {
        hint: `waybill ledger witness list ${client}`,
      });
    }
    await recordInLedger(tx, [
      {
        version: "1",
        kind: "witness-removed",
        at: clock.now().toISOString(),
        actor,
        about: `witness ${name}`,
        witness: { key: removed },
      },
    ]);
  });
  await currentLedger(context, client);
  output.result({ client, removed: name }, () => `${name} is asked no more`);
}

async function list({ open, output }: Invocation, client: string): Promise<void> {
  const { db, scope } = await currentLedger(await open(), client);
  const witnesses = await db.scoped(scope, selectWitnesses, { readOnly: true });
  output.result({ client, witnesses }, () =>
    witnesses.length === 0
      ? `nobody witnesses the ledger of ${client}`
      : renderTable(witnesses, [
          { head: "witness", cell: (row) => row.name },
          { head: "entries", cell: (row) => row.size },
          { head: "at", cell: (row) => row.at },
          { head: "address", cell: (row) => row.url },
        ]),
  );
}

async function ask({ open, output }: Invocation, client: string): Promise<number> {
  const context = await open();
  const ledger = await currentLedger(context, client);
  const asked = await askWitnesses(ledger, { clock: context.clock, post: postToWitness });
  output.result({ client, asked }, () =>
    asked.length === 0
      ? `nobody witnesses the ledger of ${client}`
      : renderTable(asked, [
          { head: "witness", cell: (row) => row.witness },
          { head: "entries", cell: (row) => row.size },
          { head: "problem", cell: (row) => row.problem },
        ]),
  );
  return asked.every(({ problem }) => problem === undefined) ? 0 : EXIT_CODES.refused;
}

async function key({ open, output }: Invocation): Promise<void> {
  const { name, key: own } = await openCosigner(await open());
  const text = printNoteKey({ kind: "witness", name, publicKey: own.publicKey });
  output.result({ name, key: text }, () => text);
}

async function trust({ open, output }: Invocation, text: string): Promise<void> {
  const parsed = parseNoteKey(text);
  if (parsed.kind !== "ledger") {
    throw new InvalidInputError("key-unreadable", "this is the key of a witness, not of a ledger");
  }
  const { db, clock, actor } = await open();
  await witnessLedger({ db, clock }, parsed, actor);
  output.result(
    { origin: parsed.name },
    () => `the ledger ${parsed.name} is witnessed from now on`,
  );
}

async function trusted({ open, output }: Invocation): Promise<void> {
  const { db } = await open();
  const ledgers = await witnessedLedgers(db);
  const shown = ledgers.map(({ origin, size, root, seenAt }) => ({
    origin,
    size,
    root: root.toString("base64"),
    seenAt,
  }));
  output.result({ ledgers: shown }, () =>
    shown.length === 0
      ? "no ledger of others is witnessed here"
      : renderTable(shown, [
          { head: "ledger", cell: (row) => row.origin },
          { head: "entries", cell: (row) => row.size },
          { head: "seen at", cell: (row) => row.seenAt },
        ]),
  );
}
