/** Exports by hand: a delivery into one file, for a person who asks as a recipient. */
import { access } from "node:fs/promises";
import path from "node:path";
import {
  didYouMean,
  InvalidInputError,
  must,
  NotFoundError,
  RefusedError,
} from "../../../kernel/index.ts";
import type { Waybill } from "../../../protocol/waybill/index.ts";
import { customerDataset, type CustomerDataset, findField } from "../../contracts/index.ts";
import { openSeeing } from "../../customers/index.ts";
import { type Access, findRecipient, readRecipients } from "../../policy/index.ts";
import { FolderDestination, waybillNameFor } from "../destinations/folder.ts";
import type { OutgoingField } from "../store/projection.ts";
import { type CarriedOut, carryOut } from "./carry-out.ts";
import type { DeliveryClient, DeliveryDeps } from "./deps.ts";
import { outboxFolder } from "./make-destination.ts";
import { EXPORT } from "./names.ts";
import { type DeliveryPlan, planSelection } from "./plan.ts";

export interface ExportInput {
  readonly client: DeliveryClient;
  /** The key of the recipient as which the actor asks. */
  readonly recipient: string;
  /** A fideslang data use key. */
  readonly purpose: string;
  readonly legalBasis: Waybill["legalBasis"];
  /** How soon the recipient must act on an erasure: an ISO 8601 duration. */
  readonly erasureWithin: string;
  /** A segment's name, or criteria as text: at most one of them; neither: everybody. */
  readonly segment?: string | undefined;
  readonly criteria?: string | undefined;
  /** The fields, in their order; default: all that may be had in any form. */
  readonly fields?: readonly string[] | undefined;
  /** Absolute; must not exist. */
  readonly file: string;
  readonly format: "csv" | "jsonl" | "parquet";
  readonly actor: string;
  readonly asOf?: Date | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes customers into a file, in the rows and forms that the recipient may have, with a waybill beside
 * it: as a delivery, it is journalled, in the ledger and in the index of disclosures.
 * @throws InvalidInputError when the file is there already
 * @throws RefusedError when nothing may be had, or a field that was asked for
 * @throws NotFoundError, ConflictError, UnavailableError, CancelledError as deliveries do
 */
export async function exportCustomers(deps: DeliveryDeps, input: ExportInput): Promise<CarriedOut> {
  const { file, format, actor, signal } = input;
  const { dir, base } = path.parse(file);
  await refuseOverwriting(file);
  await refuseOverwriting(path.join(dir, waybillNameFor(base)));
  const definition = { destination: "file", recipient: input.recipient, kind: "folder" } as const;
  return await carryOut(deps, {
    plan: await planExport(deps, input),
    planAnew: () => planExport(deps, input),
    destination: new FolderDestination(
      { ...definition, path: dir, format },
      outboxFolder(deps.dataDir),
    ),
    journal: `${EXPORT}${file}`,
    title: `an export to ${file}`,
    payloadName: () => base,
    actor,
    signal,
  });
}

async function planExport(deps: DeliveryDeps, input: ExportInput): Promise<DeliveryPlan> {
  const { client, purpose, segment, criteria, signal } = input;
  const isEverybody = segment === undefined && criteria === undefined;
  const { catalogue, scope, key } = client;
  const now = deps.clock.now();
  return await deps.db.scoped(
    scope,
    async (tx) => {
      const recipient = findRecipient(await readRecipients(tx), input.recipient);
      const protection = () => deps.protect(key);
      const seeing = { catalogue, recipient, purpose, at: now, protection };
      const { access } = await openSeeing(tx, seeing);
      const customers = customerDataset(catalogue);
      if (customers === undefined) {
        throw new NotFoundError("no-customers", `the contract of ${key} has no customers`);
      }
      return {
        client,
        recipient,
        access,
        purpose,
        legalBasis: input.legalBasis,
        retention: recipient.agreement.retention,
        erasureWithin: input.erasureWithin,
        route: undefined,
        destination: { name: path.basename(input.file), kind: "file" },
        customers,
        fields: exportedFields(access, customers, input.fields),
        totals: [],
        selection: isEverybody
          ? undefined
          : await planSelection(tx, deps, {
              catalogue,
              choice: { segment, criteria },
              fixedAt: input.asOf,
              now,
            }),
        asOf: input.asOf ?? now,
      };
    },
    { readOnly: true, isolation: "repeatable read", signal },
  );
}

function exportedFields(
  access: Access,
  customers: CustomerDataset,
  asked: readonly string[] | undefined,
): OutgoingField[] {
  const names = customers.fields.map(({ name }) => name);
  const unknown = asked?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new NotFoundError("field-unknown", `${customers.name} has no field ${unknown}`, {
      hint: didYouMean(unknown, names) ?? `there are ${names.join(", ")}`,
    });
  }
  const seen = access.ofSeenRows(customers.name, asked ?? names);
  const fields = (asked ?? names).map((name): OutgoingField => {
    const field = must(findField(customers, name), "unknown fields are refused");
    return { field, forms: seen.forms(customers.name, name) };
  });
  const had = fields.filter(({ forms }) => forms.some((form) => form !== "absent"));
  const { recipient } = access.recipient;
  if (had.length === 0 || (asked !== undefined && had.length < fields.length)) {
    const missing = fields.filter((field) => !had.includes(field)).map(({ field }) => field.name);
    throw new RefusedError(
      "export-not-permitted",
      `no policy permits ${recipient} to have ${missing.join(", ")} for ${access.purpose} in any form`,
      [],
      { hint: "leave them out of --fields, or permit them in policies/" },
    );
  }
  return had;
}

async function refuseOverwriting(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) {
    throw new InvalidInputError("file-exists", `${file} exists already`, [], {
      hint: "name a file that does not exist: an export never overwrites one",
    });
  }
}
