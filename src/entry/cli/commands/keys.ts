import { resolve } from "node:path";
import { Command } from "commander";
import { NotFoundError } from "../../../kernel/index.ts";
import { type Client, getClient } from "../../../modules/contracts/index.ts";
import { recordInLedger } from "../../../modules/ledger/index.ts";
import {
  JournalFile,
  type JournalLine,
  type KeyStatus,
  keyStatus,
  replayJournal,
  retireKeys,
  rotateKeys,
  verifyKeys,
} from "../../../modules/protection/index.ts";
import type { Context } from "../../context.ts";
import { action, type Invocation } from "../invocation.ts";
import { renderTable } from "../table.ts";

/** Something was found that should not be so. */
const UNSOUND = 3;

export function keysCommand(): Command {
  const command = new Command("keys").description(
    "the keys that a client's sensitive values are sealed with",
  );
  const forClient = (name: string, description: string): Command =>
    command.command(name).description(description).argument("<client>", "the client's key");
  forClient("status", "which keys there are, and what each of them wraps").action(action(status));
  forClient("verify", "whether every key is there and is the right one").action(action(verify));
  forClient("rotate", "new keys for old, while everybody works on")
    .addHelpText(
      "after",
      `
Makes a new key-encryption key and a new master under it, and wraps the key of every person anew. Values
stay as they are. May be stopped and typed again: it goes on from there. To move to another keeping of
keys, for example a hardware module, set it up and rotate.`,
    )
    .action(action(rotate));
  forClient("retire", "destroy the key-encryption keys that wrap nothing any more")
    .addHelpText(
      "after",
      `
Backups of the key database from before the rotation cannot be opened afterwards, which is the point:
with them goes every key that was destroyed since and is still in one of them.`,
    )
    .action(action(retire));
  forClient("replay-destroyed", "destroy once more what was destroyed, after a restored backup")
    .option("--journal <file>", "another journal of destroyed keys, of another machine or a backup")
    .action(action(replay));
  return command;
}

async function status({ open, output }: Invocation, key: string): Promise<void> {
  const { db, keys } = await open();
  const client = await getClient(db, key);
  const found = await keyStatus(await keys.place(client.key));
  output.result({ client: key, ...found }, () => renderStatus(found));
}

function renderStatus(status: KeyStatus): string {
  if (status.secrets.length === 0) {
    return `no keys yet; they are made when the first value is sealed\nnew keys: ${status.keeping}`;
  }
  const wrapped = new Map(status.keys.map(({ master, keys }) => [master, keys]));
  const rows = [
    ...status.secrets.map(({ use, version, keyId }) => ({
      key: use === "master" ? `master ${version}` : "lasting",
      keyId,
      wraps: use === "master" ? `${wrapped.get(version) ?? 0} keys of persons` : "",
    })),
    ...status.unused.map((keyId) => ({ key: "none", keyId, wraps: "nothing: keys retire" })),
  ];
  const { journal } = status;
  return [
    renderTable(rows, [
      { head: "key", cell: (row) => row.key },
      { head: "wrapped by", cell: (row) => row.keyId },
      { head: "wraps", cell: (row) => row.wraps },
    ]),
    "",
    `new keys: ${status.keeping}`,
    `destroyed: ${status.destroyed}; journal: ${journal.path}, ${journal.carriedOut} of ${journal.lines} lines carried out`,
    ...(status.isRotating ? ["a rotation was begun and not ended: keys rotate goes on"] : []),
  ].join("\n");
}

async function verify({ open, output }: Invocation, key: string): Promise<number> {
  const { db, keys } = await open();
  const client = await getClient(db, key);
  const findings = await verifyKeys(await keys.place(client.key));
  const isSound = findings.every((finding) => finding.isSound);
  output.result({ client: key, isSound, findings }, () =>
    [
      ...findings.map((finding) => `${finding.isSound ? "ok    " : "WRONG "} ${finding.what}`),
      ...(isSound ? [] : [`mend it with: waybill keys replay-destroyed ${key}`]),
    ].join("\n"),
  );
  return isSound ? 0 : UNSOUND;
}

async function rotate({ open, output, signal }: Invocation, key: string): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  const rotation = await rotateKeys(await context.keys.place(client.key), {
    signal,
    onProgress: (rewrapped) => output.note(`${rewrapped} keys wrapped anew`),
  });
  // Keys lie in another database than the ledger: a rotation is noted once it is at its end.
  await note(context, client, {
    kind: "key-rotated",
    key: { id: rotation.keyId, version: rotation.master },
  });
  const { keyId, master, rewrapped, isResumed } = rotation;
  output.result({ client: key, ...rotation }, () =>
    [
      `${isResumed ? "ended the rotation to" : "rotated to"} ${keyId}: master ${master} wraps ${rewrapped} keys anew`,
      `when no backup needs the old key-encryption key any more: waybill keys retire ${key}`,
    ].join("\n"),
  );
}

/** Tells the client's ledger what happened to its keys. */
async function note(
  { db, clock, actor }: Context,
  { scope }: Client,
  what:
    | { kind: "key-rotated"; key: { id: string; version: number } }
    | { kind: "subject-keys-destroyed"; keys: { count: number } },
): Promise<void> {
  const at = clock.now().toISOString();
  await db.scoped(scope, (tx) =>
    recordInLedger(tx, [{ version: "1", at, actor, about: "keys", ...what }]),
  );
}

async function retire({ open, output }: Invocation, key: string): Promise<void> {
  const { db, keys } = await open();
  const client = await getClient(db, key);
  const retired = await retireKeys(await keys.place(client.key));
  output.result({ client: key, retired }, () =>
    retired.length === 0
      ? "every key-encryption key that is kept is in use"
      : `destroyed: ${retired.join(", ")}`,
  );
}

async function replay(
  { open, output }: Invocation,
  key: string,
  { journal }: { readonly journal?: string },
): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  const others = journal === undefined ? [] : await linesOf(journal);
  const { added, removed } = await replayJournal(await context.keys.place(client.key), others);
  if (removed > 0) {
    await note(context, client, { kind: "subject-keys-destroyed", keys: { count: removed } });
  }
  output.result({ client: key, added, removed }, () =>
    [
      `${removed} destroyed keys were there again and are gone`,
      ...(journal === undefined ? [] : [`${added} lines of ${journal} were new`]),
    ].join("\n"),
  );
}

/** @throws NotFoundError when there is no journal: a name typed wrong is not an empty one */
async function linesOf(path: string): Promise<JournalLine[]> {
  const lines = await new JournalFile(resolve(path)).after(0);
  if (lines.length === 0) {
    throw new NotFoundError("journal-missing", `there is no journal of destroyed keys in ${path}`, {
      hint: "it lies in keys/destroyed of the other data directory, with the client's key as its name",
    });
  }
  return lines;
}
