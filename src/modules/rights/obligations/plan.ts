/** Who must do something about a customer, by when, and what each is told. */
import type { JsonValue } from "../../ledger/index.ts";
import type { Occurrence } from "../../distribution/index.ts";
import type { Agreement, RecipientKind } from "../../policy/index.ts";
import { formsByField } from "../../distribution/index.ts";
import type { Notice } from "../../../protocol/rights/index.ts";
import { addDuration } from "./duration.ts";

/** Whom to write to at a recipient, as its agreement says. */
export type Contacts = Agreement["contacts"];

/** What is decided of an obligation before its notice is written. */
export interface PlannedObligation {
  readonly recipient: string;
  readonly recipientKind: RecipientKind;
  /** Where its notices go: the destination of the newest delivery; undefined where none led to it. */
  readonly destination: string | undefined;
  readonly due: Date;
  /** Of the customer, to this recipient, oldest first. */
  readonly occurrences: readonly Occurrence[];
  /** The fields that it was sent. */
  readonly fields: readonly string[];
}

/** What a recipient has a month for where no waybill says otherwise (GDPR article 12(3)). */
const DEFAULT_WITHIN = "P1M";

/** Only what left stays with a recipient; what was on a screen does not. */
const STAYS: ReadonlySet<Occurrence["channel"]> = new Set(["delivery", "exported"]);

/**
 * One obligation for each recipient that was ever sent the customer.
 * @param fields only recipients that were sent one of these; all where it is undefined
 */
export function planObligations(
  occurrences: readonly Occurrence[],
  { at, fields }: { readonly at: Date; readonly fields?: readonly string[] | undefined },
): PlannedObligation[] {
  const concerned = occurrences.filter(
    ({ channel, fields: sent }) =>
      STAYS.has(channel) && (fields === undefined || fields.some((name) => name in sent)),
  );
  return [...Map.groupBy(concerned, ({ recipient }) => recipient)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([recipient, sent]) => {
      const newest = sent.at(-1);
      const destinations = sent.flatMap(({ destination }) => destination ?? []);
      return newest === undefined
        ? []
        : [
            {
              recipient,
              recipientKind: newest.recipientKind,
              destination: destinations.at(-1),
              due: dueAt(at, sent),
              occurrences: sent,
              fields: Object.keys(formsByField(sent)).filter(
                (name) => fields?.includes(name) ?? true,
              ),
            },
          ];
    });
}

/** The earliest deadline that any of its waybills sets. */
function dueAt(at: Date, sent: readonly Occurrence[]): Date {
  const durations = sent.flatMap(({ erasureWithin }) => erasureWithin ?? []);
  const instants = (durations.length === 0 ? [DEFAULT_WITHIN] : durations).map((duration) =>
    addDuration(at, duration).getTime(),
  );
  return new Date(Math.min(...instants));
}

/** Newest deliveries that a notice names. */
const MOST_WAYBILLS = 100;

/** The waybills that a notice names, newest first. */
export function waybillsOf(occurrences: readonly Occurrence[]): string[] {
  return [...new Set(occurrences.toReversed().flatMap(({ waybillId }) => waybillId ?? []))].slice(
    0,
    MOST_WAYBILLS,
  );
}

/** Contacts as they are kept with an obligation. */
export function contactsJson(contacts: Contacts): JsonValue {
  return contacts.map((contact) => ({
    for: contact.for,
    name: contact.name,
    email: contact.email,
  }));
}

/** What all notices of one request say. */
export type NoticeHead = Pick<
  Notice,
  "version" | "kind" | "request" | "issuedAt" | "operator" | "client"
>;
