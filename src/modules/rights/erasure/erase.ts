/**
 * Erases a customer. One transaction does everything that lies in the database:
 *
 * 1. who it is, by every id that leads to it and every record, and to whom it was disclosed;
 * 2. the request, the suppression of what it is named by, and an obligation for each recipient;
 * 3. what the contract lets stay of its rows, treated;
 * 4. every row about it goes;
 * 5. the ledger and the change log are told.
 *
 * The keys lie in another database, and are destroyed after the commit (`finish.ts`): their handles are
 * written down in the same transaction, so that whoever comes after a crash goes on with them. The other
 * way round, a crash would leave data that nobody can read and nobody knows to be gone.
 */
import { randomBytes } from "node:crypto";
import { ConflictError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Opening } from "../../../protocol/rights/index.ts";
import { recordsTable } from "../../contracts/index.ts";
import { lockCustomers } from "../../customers/index.ts";
import { occurrencesAmong } from "../../distribution/index.ts";
import { eraseRefused, suppressCustomer } from "../../intake/index.ts";
import { recordInLedger } from "../../ledger/index.ts";
import type { RightsClient, RightsDeps } from "../deps.ts";
import { planObligations, type PlannedObligation } from "../obligations/plan.ts";
import { writeObligations } from "../obligations/write.ts";
import { logErased } from "../store/change.ts";
import { type ErasedSubject, ErasedRows, eraseReasons, eraseRows } from "../store/erase-rows.ts";
import { insertRequest, updateErased } from "../store/requests.ts";
import { selectEvents, selectHandles, type SubjectEvent } from "../store/subject.ts";
import {
  allIdentifiers,
  findSubject,
  statementOf,
  type Subject,
  subjectCommitment,
} from "../subject.ts";
import { keepRemains } from "./remains.ts";

export interface EraseInput {
  readonly client: RightsClient;
  /** The customer's id, or one that was merged into it. */
  readonly customer: bigint;
  /** In the words of whoever asks; no value of a record. */
  readonly reason: string;
  readonly actor: string;
}

/** An erasure that was prepared: nothing has been done yet. */
export interface PreparedErasure {
  readonly request: string;
  readonly customer: bigint;
  /** Of the golden row, when it was looked at. */
  readonly version: number;
  /** For the customer. Nobody keeps it: without it nobody can tell whom the certificate is about. */
  readonly opening: Opening;
  readonly obligations: readonly PlannedObligation[];
}

/**
 * Looks at what an erasure would do, and makes what the customer is to be given, so that it can lie on
 * the disk before anything is erased.
 * @throws NotFoundError when there is no such customer
 */
export async function prepareErasure(
  deps: RightsDeps,
  input: Pick<EraseInput, "client" | "customer">,
): Promise<PreparedErasure> {
  const { client } = input;
  const subject = await deps.db.scoped(client.scope, (tx) => findSubject(tx, deps, input), {
    readOnly: true,
    isolation: "repeatable read",
  });
  const request = deps.newId();
  return {
    request,
    customer: subject.customer,
    version: subject.version,
    opening: {
      version: "1",
      request,
      statement: statementOf(client.key, subject),
      key: randomBytes(32).toString("hex"),
    },
    obligations: planObligations(subject.occurrences, { at: deps.clock.now() }),
  };
}

/** What the transaction that erased has done. */
export interface DataErased {
  readonly request: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly suppressed: number;
  readonly recipients: readonly string[];
}

/**
 * Erases what was prepared from the database. `destroyKeys` must follow.
 * @throws ConflictError when the customer has changed since; NotFoundError when it is gone
 */
export async function eraseData(
  deps: RightsDeps,
  input: EraseInput,
  prepared: PreparedErasure,
): Promise<DataErased> {
  const commitment = await deps.subjectOf(prepared.customer);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await deps.db.scoped(
        input.client.scope,
        (tx) => eraseIn(tx, deps, { ...input, prepared, commitment, at: deps.clock.now() }),
        { statementTimeoutMs: 0, lockTimeoutMs: 0 },
      );
    } catch (error) {
      if (!(error instanceof SentMeanwhile) || attempt === MOST_ATTEMPTS) {
        throw error;
      }
    }
  }
}

/** A delivery is sealed within moments; that it happens again and again to one customer is not by chance. */
const MOST_ATTEMPTS = 5;

/** A delivery with the customer was sealed while the erasure was under way: its recipient must be told too. */
class SentMeanwhile extends ConflictError {
  constructor(customer: bigint) {
    super("customer-sent", `customer ${customer} is being sent again and again`, {
      hint: "stop the route that sends it, then repeat the command",
    });
  }
}

interface Erasing extends EraseInput {
  readonly prepared: PreparedErasure;
  /** How the ledger names the customer. */
  readonly commitment: string;
  readonly at: Date;
}

async function eraseIn(tx: Transaction, deps: RightsDeps, erasing: Erasing): Promise<DataErased> {
  const { client, prepared, actor, at, reason } = erasing;
  const { request } = prepared;
  await lockCustomers(tx);
  const subject = await findSubject(tx, deps, erasing);
  refuseChanged(subject, prepared);
  await insertRequest(tx, {
    request,
    kind: "erasure",
    state: "keys",
    customer: subject.customer,
    subject: subjectCommitment(prepared.opening),
    reason,
    fields: null,
    requestedAt: at,
    requestedBy: actor,
  });
  const planned = planObligations(subject.occurrences, { at });
  await writeObligations(tx, deps, {
    client,
    subject,
    planned,
    request,
    right: "erase",
    at,
    actor,
  });
  const erased = await eraseEverything(tx, deps, { ...erasing, subject });
  const change = await tellOthers(tx, erasing, subject);
  await refuseSentMeanwhile(tx, subject);
  const { rows, suppressed, handles } = erased;
  await updateErased(tx, request, { change, done: { rows, suppressed }, handles });
  return { request, rows, suppressed, recipients: planned.map(({ recipient }) => recipient) };
}

/**
 * Sealing a delivery holds the head of the change log, and so do we from here on: what was sealed before
 * is seen now, and what comes later sees that the customer is gone.
 */
async function refuseSentMeanwhile(tx: Transaction, subject: Subject): Promise<void> {
  const known = new Set(subject.occurrences.map(({ disclosure }) => disclosure));
  const now = await occurrencesAmong(tx, subject.selves);
  if (now.some(({ disclosure }) => !known.has(disclosure))) {
    throw new SentMeanwhile(subject.customer);
  }
}

/** The opening was made for what the customer was then: somebody else's identifiers must not be in it. */
function refuseChanged(subject: Subject, { customer, version }: PreparedErasure): void {
  if (subject.customer !== customer || subject.version !== version) {
    throw new ConflictError(
      "customer-changed",
      `customer ${customer} has changed while its erasure was prepared`,
      { hint: "look at it again, then repeat the command" },
    );
  }
}

interface Everything {
  readonly rows: Readonly<Record<string, number>>;
  readonly suppressed: number;
  readonly handles: readonly string[];
}

async function eraseEverything(
  tx: Transaction,
  { protection }: RightsDeps,
  { client, prepared: { request }, at, subject }: Erasing & { readonly subject: Subject },
): Promise<Everything> {
  const { catalogue } = client;
  const { dataset, customer, records } = subject;
  const erased = new ErasedRows();
  const { suppressed, staged } = await suppressCustomer(tx, {
    catalogue,
    dataset,
    protection,
    request,
    customer,
    at,
  });
  erased.add("staged rows", staged);
  const keys = records.map(({ source, key }) => ({ source, key }));
  const recognition = { identifiers: allIdentifiers(subject), keys };
  erased.add("_quarantine", await eraseRefused(tx, recognition, protection));
  const events = await eventsOf(tx, client, subject);
  await keepRemains(tx, { request, dataset, ids: [customer], protection });
  for (const { dataset: each, rows } of events) {
    await keepRemains(tx, { request, dataset: each, ids: rows.map(({ id }) => id), protection });
  }
  const target: ErasedSubject = {
    ...subject,
    records: records.map(({ record }) => record),
    events: events.map(({ dataset: each, rows }) => ({
      dataset: each,
      ids: rows.map(({ id }) => id),
    })),
  };
  const handles = await handlesOf(tx, { protection, subject, target, events });
  await eraseReasons(tx, [customer, ...subject.formerIds, ...target.records], erased);
  await eraseRows(tx, target, erased);
  return { rows: erased.counts(), suppressed, handles };
}

type SubjectEvents = {
  readonly dataset: ErasedSubject["events"][number]["dataset"];
  readonly rows: readonly SubjectEvent[];
}[];

async function eventsOf(
  tx: Transaction,
  { catalogue }: RightsClient,
  { dataset, customer }: Subject,
): Promise<SubjectEvents> {
  const found: SubjectEvents = [];
  for (const events of catalogue.datasets) {
    if (events.kind === "event") {
      const rows = await selectEvents(tx, { events, customers: dataset }, customer);
      found.push({ dataset: events, rows });
    }
  }
  return found;
}

/** The handles of every key that a value about the customer is, or could be, sealed under. */
async function handlesOf(
  tx: Transaction,
  {
    protection,
    subject: { dataset, customer, formerIds, records },
    target,
    events,
  }: {
    readonly protection: RightsDeps["protection"];
    readonly subject: Subject;
    readonly target: ErasedSubject;
    readonly events: SubjectEvents;
  },
): Promise<string[]> {
  const ids = [customer, ...formerIds];
  const handles = new Set<string>([
    ...ids.map((id) => protection.handleOf(["ledger", String(id)])),
    ...records.map(({ source, key }) => protection.handleOf([dataset.name, source, key])),
    ...events.flatMap(({ dataset: { subject }, rows }) =>
      [...new Set(rows.map((row) => row.subject))].map((named) =>
        protection.handleOf([subject.dataset, subject.target, named]),
      ),
    ),
    ...(await selectHandles(tx, dataset, { table: dataset.name, idColumn: "_id", ids })),
    ...(await selectHandles(tx, dataset, {
      table: recordsTable(dataset),
      idColumn: "_record",
      ids: target.records,
    })),
  ]);
  for (const { dataset: each, ids: eventIds } of target.events) {
    const rows = { table: each.name, idColumn: "_id", ids: eventIds };
    (await selectHandles(tx, each, rows)).forEach((handle) => handles.add(handle));
  }
  return [...handles].toSorted();
}

/** The ledger, and last of all the change log, whose head is locked from then on. */
async function tellOthers(
  tx: Transaction,
  { prepared: { request }, commitment, actor, at, reason }: Erasing,
  { dataset, customer }: Subject,
): Promise<bigint> {
  const common = { version: "1", at: at.toISOString(), actor, about: commitment } as const;
  await recordInLedger(tx, [
    { ...common, kind: "right-requested", request: { id: request, right: "erase" } },
    { ...common, kind: "customer-erased", request },
  ]);
  const origin = { at, intake: null, actor, reason };
  return await logErased(tx, origin, { dataset: dataset.name, customer });
}
