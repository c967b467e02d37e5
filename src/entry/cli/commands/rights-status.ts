/** `rights status` and `rights list`: how far requests are, and who is late. */
import { Command } from "commander";
import { getClient } from "../../../modules/contracts/index.ts";
import {
  listRequests,
  requestStatus,
  type ShownObligation,
  type StoredRequest,
  unsettled,
} from "../../../modules/rights/index.ts";
import { EXIT_CODES } from "../failure.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseLimit, parseRequestId } from "../parse.ts";
import { renderFacts, renderTable } from "../table.ts";

export function rightsStatusCommand(): Command {
  return new Command("status")
    .description("what recipients are still to do; with a request, all about it")
    .argument("<client>", "the client's key")
    .argument("[request]", "the request", parseRequestId)
    .addHelpText("after", "\nExit codes: 0 nobody is late, 3 somebody is.")
    .action(action(status));
}

export function rightsListCommand(): Command {
  return new Command("list")
    .description("requests, newest first")
    .argument("<client>", "the client's key")
    .option("--limit <n>", "at most so many", parseLimit, 20)
    .action(action(list));
}

async function status(
  { open, output }: Invocation,
  key: string,
  request: string | undefined,
): Promise<number> {
  const { db, clock } = await open();
  const { scope } = await getClient(db, key);
  const now = clock.now();
  const read = { readOnly: true };
  if (request === undefined) {
    const obligations = await db.scoped(scope, (tx) => unsettled(tx, now), read);
    output.result({ client: key, obligations: obligations.map(shownObligation) }, () =>
      obligations.length === 0
        ? `nobody owes the customers of ${key} anything`
        : renderObligations(obligations),
    );
    return exitCode(obligations);
  }
  const found = await db.scoped(
    scope,
    (tx) => requestStatus(tx, { client: key, request, now }),
    read,
  );
  const { request: of, obligations } = found;
  output.result(
    { client: key, ...shownRequest(of), obligations: obligations.map(shownObligation) },
    () =>
      [
        renderRequest(of),
        obligations.length === 0 ? "it was never sent to anybody" : renderObligations(obligations),
      ].join("\n\n"),
  );
  return exitCode(obligations);
}

/** Somebody who is late is a problem that a script must notice. */
function exitCode(obligations: readonly ShownObligation[]): number {
  return obligations.some(({ state }) => state === "overdue") ? EXIT_CODES.refused : 0;
}

async function list(
  { open, output }: Invocation,
  key: string,
  ...[{ limit }]: [{ readonly limit: number }]
): Promise<void> {
  const { db } = await open();
  const { scope } = await getClient(db, key);
  const requests = await db.scoped(scope, (tx) => listRequests(tx, limit), { readOnly: true });
  output.result({ client: key, requests: requests.map(shownRequest) }, () =>
    requests.length === 0
      ? `no customer of ${key} has asked for anything`
      : renderTable(requests, [
          { head: "request", cell: (row) => row.request },
          { head: "at", cell: (row) => row.requestedAt },
          { head: "kind", cell: (row) => row.kind },
          { head: "state", cell: (row) => STATES[row.state] },
          { head: "by", cell: (row) => row.requestedBy },
          { head: "reason", cell: (row) => row.reason },
        ]),
  );
}

const STATES: Readonly<Record<StoredRequest["state"], string>> = {
  keys: "data erased, keys not yet",
  informing: "recipients are to act",
  done: "done",
};

/** Handles and the log's numbers are nothing that anybody asks for. */
function shownRequest(request: StoredRequest): object {
  const { handles: _handles, subject, change: _change, ...shown } = request;
  return { ...shown, subject: subject.toString("hex") };
}

function shownObligation(obligation: ShownObligation): object {
  const { noticeSha256, proof, ...shown } = obligation;
  return {
    ...shown,
    notice: noticeSha256.toString("hex"),
    proof: proof?.toString("hex") ?? null,
  };
}

function renderRequest(request: StoredRequest): string {
  const rows = Object.entries(request.done.rows).map(([table, count]) => `${table} ${count}`);
  const erased: (readonly [string, string | bigint])[] =
    request.kind === "erasure"
      ? [
          ["rows erased", rows.join(", ")],
          ["keys destroyed", request.keysDestroyed],
          ["kept from coming back", `${request.done.suppressed} keys and identifiers`],
        ]
      : [["fields corrected", (request.fields ?? []).join(", ")]];
  return renderFacts([
    ["request", request.request],
    ["kind", request.kind],
    ["state", STATES[request.state]],
    ["asked", request.requestedAt],
    ["by", request.requestedBy],
    ["reason", request.reason],
    ...erased,
  ]);
}

function renderObligations(obligations: readonly ShownObligation[]): string {
  return renderTable(obligations, [
    { head: "obligation", cell: (row) => row.obligation },
    { head: "recipient", cell: (row) => row.recipient },
    { head: "state", cell: (row) => row.state },
    { head: "due", cell: (row) => row.dueAt },
    { head: "told", cell: (row) => row.sentAt },
    { head: "settled", cell: (row) => row.settledAt },
    { head: "note", cell: (row) => row.note ?? row.failure ?? contactsText(row) },
  ]);
}

function contactsText({ state, contacts }: ShownObligation): string | undefined {
  return state === "acknowledged" || state === "waived"
    ? undefined
    : contacts.map(({ name, email }) => `${name} <${email}>`).join(", ");
}
