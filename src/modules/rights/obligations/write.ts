/** Writes obligations down: their notices signed, sealed until they are settled, and noted in the ledger. */
import { type LedgerEntry } from "../../../protocol/ledger/index.ts";
import type { Notice } from "../../../protocol/rights/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { idsOfDelivery, type Occurrence } from "../../distribution/index.ts";
import { recordInLedger, sha256 } from "../../ledger/index.ts";
import { type Recipient, recipientSchema } from "../../policy/index.ts";
import { signNotice } from "../certificate/signed.ts";
import type { RightsClient, RightsDeps } from "../deps.ts";
import { knownAs, namingFields, type PseudonymOf } from "../identity.ts";
import { pseudonyms } from "../pseudonyms.ts";
import { insertObligation, selectLastBody } from "../store/obligations.ts";
import type { Subject } from "../subject.ts";
import { contactsJson, type NoticeHead, type PlannedObligation, waybillsOf } from "./plan.ts";

/** What notices are sealed as: opening them as anything else fails. */
export const NOTICE_CONTEXT = "notice";

/** What the key of a request's notices belongs to. */
export function noticeOwner(request: string): readonly string[] {
  return ["notice", request];
}

export interface ObligationRequest {
  readonly client: RightsClient;
  readonly subject: Subject;
  readonly planned: readonly PlannedObligation[];
  readonly request: string;
  readonly right: Notice["kind"];
  readonly at: Date;
  readonly actor: string;
}

/** Writes one obligation for each recipient, and notes them in the ledger. */
export async function writeObligations(
  tx: Transaction,
  deps: Pick<RightsDeps, "newId" | "signer" | "protection" | "operator">,
  request: ObligationRequest,
): Promise<void> {
  const { client, subject, planned, right, at, actor } = request;
  if (planned.length === 0) {
    return;
  }
  const head: NoticeHead = {
    version: "1",
    kind: right,
    request: request.request,
    issuedAt: at.toISOString(),
    operator: deps.operator,
    client: client.key,
  };
  const handle = deps.protection.handleOf(noticeOwner(request.request));
  const sealer = await deps.protection.sealer([handle]);
  const pseudonymOf = await pseudonyms(tx, deps, {
    client,
    dataset: subject.dataset.name,
    wanted: planned.map(({ recipient }) => recipient),
    at,
  });
  const entries: LedgerEntry[] = [];
  for (const obligation of planned) {
    const id = deps.newId();
    const claims = await noticeOf(tx, obligation, { subject, head, id, pseudonymOf });
    const { bytes } = signNotice(claims, deps.signer);
    await insertObligation(tx, {
      obligation: id,
      request: request.request,
      recipient: obligation.recipient,
      recipientKind: obligation.recipientKind,
      contacts: contactsJson(await contactsOf(tx, obligation.recipient)),
      destination: obligation.destination,
      createdAt: at,
      dueAt: obligation.due,
      notice: sealer.sealBytes(handle, NOTICE_CONTEXT, bytes),
      noticeSha256: sha256(bytes),
    });
    entries.push(
      obligationEntry({
        id,
        request: request.request,
        recipient: obligation.recipient,
        right,
        state: "open",
        at,
        actor,
        due: obligation.due,
      }),
    );
  }
  await recordInLedger(tx, entries);
}

export interface ObligationEvent {
  readonly id: string;
  readonly request: string;
  readonly recipient: string;
  readonly right: "erase" | "correct";
  readonly state: "open" | "sent" | "failed" | "overdue" | "acknowledged" | "waived";
  readonly at: Date;
  readonly actor: string;
  readonly due?: Date | undefined;
  readonly proof?: Buffer | undefined;
}

/** What the ledger is told of an obligation. */
export function obligationEntry(event: ObligationEvent): LedgerEntry {
  const { id, request, recipient, right, state, at, actor, due, proof } = event;
  return {
    version: "1",
    kind: "obligation-changed",
    at: at.toISOString(),
    actor,
    about: `obligation ${id}`,
    obligation: {
      id,
      request,
      recipient,
      right,
      state,
      ...(due === undefined ? {} : { due: due.toISOString() }),
      ...(proof === undefined ? {} : { proof: proof.toString("hex") }),
    },
  };
}

async function noticeOf(
  tx: Transaction,
  { recipient, due, occurrences, fields }: PlannedObligation,
  {
    subject,
    head,
    pseudonymOf,
    id,
  }: {
    readonly subject: Subject;
    readonly head: NoticeHead;
    readonly pseudonymOf: PseudonymOf;
    readonly id: string;
  },
): Promise<Omit<Notice, "signature">> {
  const known = knownAs(subject.identity, occurrences, {
    fields: namingFields(subject.dataset),
    pseudonymOf,
  });
  return {
    ...head,
    noticeId: id,
    recipient,
    due: due.toISOString(),
    customer: known ?? { records: await placesOf(tx, occurrences) },
    fields: [...fields],
    waybills: waybillsOf(occurrences),
  };
}

/** Deliveries in which a customer is named by its place, newest first. */
const MOST_PLACES = 100;

/** Where the customer's records stand in deliveries: records leave in the order of ids. */
async function placesOf(
  tx: Transaction,
  occurrences: readonly Occurrence[],
): Promise<{ waybillId: string; record: number }[]> {
  const places: { waybillId: string; record: number }[] = [];
  for (const { waybillId, id } of occurrences.toReversed().slice(0, MOST_PLACES)) {
    const record = waybillId === null ? -1 : (await idsOfDelivery(tx, waybillId)).indexOf(id);
    if (waybillId !== null && record >= 0) {
      places.push({ waybillId, record });
    }
  }
  return places;
}

/** Whom to write to at a recipient, also at one that is defined no longer. */
async function contactsOf(
  tx: Transaction,
  recipient: string,
): Promise<Recipient["agreement"]["contacts"]> {
  const parsed = recipientSchema.safeParse(await selectLastBody(tx, "recipient", recipient));
  return parsed.success ? parsed.data.agreement.contacts : [];
}
