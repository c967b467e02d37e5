/**
 * The difference between two catalogues in the user's words. Each change says what it does to the
 * data that is there: nothing, or something that has to be counted first, or something that cannot be
 * undone. How the tables follow is told apart from this, in `ddl.ts`.
 */
import type { Catalogue, Dataset, Field } from "./catalogue.ts";
import { findDataset, findField } from "./catalogue.ts";
import { fieldChanges } from "./field-changes.ts";
import type { Probe } from "./store/probes.ts";
import { rowsProbe } from "./store/probes.ts";

/**
 * - safe: no present row is touched or put in the wrong
 * - checks-data: present rows may violate it; they are counted, and any that do refuse the change
 * - destructive: values are lost; refused unless it is named
 */
export type ChangeEffect = "safe" | "checks-data" | "destructive";

/** One change, before its violations are counted. */
export interface Change {
  /** What it is about: `contract`, `customers`, `customers.notes`, `segment at-risk`. */
  readonly at: string;
  /** What changes, in a sentence without a full stop. */
  readonly text: string;
  readonly effect: ChangeEffect;
  /** What must be named to have it nevertheless; undefined when nothing stands in the way, or nothing helps. */
  readonly allow?: string | undefined;
  /** Counts the rows that stand in the way. */
  readonly probe?: Probe | undefined;
  /** Counts the rows that the change rewrites. They stand in nobody's way. */
  readonly rewrites?: Probe | undefined;
}

/** What changes from `before` (undefined: the client is new) to `after`. */
export function catalogueChanges(before: Catalogue | undefined, after: Catalogue): Change[] {
  if (before === undefined) {
    const text = `client ${after.client} is new, with contract ${after.contractVersion}`;
    return [
      { at: "contract", text, effect: "safe" },
      ...after.datasets.map((one) => addedDataset(one)),
    ];
  }
  const removed = before.datasets.filter(({ name }) => findDataset(after, name) === undefined);
  return [
    ...contractChanges(before, after),
    ...removed.map((dataset) => removedDataset(dataset)),
    ...after.datasets.flatMap((dataset) => {
      const old = findDataset(before, dataset.name);
      return old === undefined ? [addedDataset(dataset)] : datasetChanges(old, dataset);
    }),
    ...timeZoneChanges(before, after),
  ];
}

function contractChanges(before: Catalogue, after: Catalogue): Change[] {
  const facts: readonly (readonly [name: string, was: string, is: string])[] = [
    ["contract id", before.contractId, after.contractId],
    ["version", before.contractVersion, after.contractVersion],
    ["time zone", before.timeZone, after.timeZone],
    ["default country", before.defaultCountry, after.defaultCountry],
    ["currency", before.currency, after.currency],
    ["minimum count", String(before.minimumCount), String(after.minimumCount)],
  ];
  const changed = facts
    .filter(([, was, is]) => was !== is)
    .map(([name, was, is]): Change => safe("contract", `${name} ${was} → ${is}`));
  const added = after.purposes.filter((purpose) => !before.purposes.includes(purpose));
  const removed = before.purposes.filter((purpose) => !after.purposes.includes(purpose));
  const isTextOnly = changed.length + added.length + removed.length === 0;
  return [
    ...changed,
    ...added.map((purpose) => safe("contract", `purpose ${purpose} added`)),
    ...removed.map((purpose) => safe("contract", `purpose ${purpose} removed`)),
    ...(isTextOnly && before.contractSha256 !== after.contractSha256
      ? [safe("contract", "the text of the contract changed")]
      : []),
  ];
}

function addedDataset({ name, kind, fields }: Dataset): Change {
  const count = fields.length === 1 ? "1 field" : `${fields.length} fields`;
  return safe(name, `dataset added: ${kind}s, ${count}`);
}

function removedDataset({ name }: Dataset): Change {
  return {
    at: name,
    text: "dataset removed, with all its rows",
    effect: "destructive",
    allow: `drop:${name}`,
  };
}

function datasetChanges(before: Dataset, after: Dataset): Change[] {
  if (before.kind !== after.kind) {
    const text = `turned from ${before.kind}s into ${after.kind}s; its rows are removed`;
    return [{ at: after.name, text, effect: "destructive", allow: `drop:${after.name}` }];
  }
  const removed = before.fields.filter(({ name }) => findField(after, name) === undefined);
  return [
    ...meaningChanges(before, after),
    ...rowRuleChanges(before, after),
    ...descriptionChanges(before, after),
    ...removed.map((field) => removedField(after, field)),
    ...after.fields.flatMap((field) => {
      const old = findField(before, field.name);
      return old === undefined ? [addedField(after, field)] : fieldChanges(after, old, field);
    }),
  ];
}

/** What tells rows apart, places them in time and joins them was worked out when they came in. */
function meaningChanges(before: Dataset, after: Dataset): Change[] {
  const facts: readonly (readonly [name: string, was: unknown, is: unknown])[] = [
    ["key", before.key, after.key],
    ["account", accountOf(before), accountOf(after)],
    ["event time", eventTimeOf(before), eventTimeOf(after)],
    ["subject", subjectOf(before), subjectOf(after)],
  ];
  const changed = facts
    .filter(([, was, is]) => JSON.stringify(was) !== JSON.stringify(is))
    .map(([name]): Change =>
      name === "account" ? safe(after.name, "account changed") : remapped(after, name),
    );
  const isSame = createsCustomers(before) === createsCustomers(after);
  const creates = createsCustomers(after) ? "create their customer" : "wait for their customer";
  return isSame
    ? changed
    : [...changed, safe(after.name, `events of unknown customers now ${creates}`)];
}

function remapped(dataset: Dataset, what: string): Change {
  return {
    at: dataset.name,
    text: `${what} changed; present rows keep what they came in with`,
    effect: "checks-data",
    allow: `remap:${dataset.name}`,
    probe: rowsProbe(dataset),
  };
}

function timeZoneChanges(before: Catalogue, after: Catalogue): Change[] {
  if (before.timeZone === after.timeZone) {
    return [];
  }
  return after.datasets.flatMap((dataset) => {
    const time = dataset.kind === "event" ? findField(dataset, dataset.eventTime) : undefined;
    const isOld = findDataset(before, dataset.name)?.kind === "event";
    return time?.type.kind === "date" && isOld ? [remapped(dataset, "time zone of its days")] : [];
  });
}

function rowRuleChanges(before: Dataset, after: Dataset): Change[] {
  const old = new Map(before.rowRules.map((rule) => [rule.id, JSON.stringify(rule)]));
  const kept = new Set(after.rowRules.map(({ id }) => id));
  return [
    ...after.rowRules
      .filter((rule) => old.get(rule.id) !== JSON.stringify(rule))
      .map(({ id }) =>
        safe(
          after.name,
          `rule ${id} ${old.has(id) ? "changed" : "added"}, for rows that come from now on`,
        ),
      ),
    ...before.rowRules
      .filter(({ id }) => !kept.has(id))
      .map(({ id }) => safe(after.name, `rule ${id} removed`)),
  ];
}

function descriptionChanges(before: Dataset, after: Dataset): Change[] {
  const isSame = before.title === after.title && before.description === after.description;
  return isSame ? [] : [safe(after.name, "title or description changed")];
}

function addedField(dataset: Dataset, field: Field): Change {
  const at = `${dataset.name}.${field.name}`;
  if (!field.rules.required) {
    return safe(at, "field added");
  }
  return {
    at,
    text: "required field added",
    effect: "checks-data",
    allow: `tighten:${at}`,
    probe: rowsProbe(dataset),
  };
}

function removedField(dataset: Dataset, field: Field): Change {
  const at = `${dataset.name}.${field.name}`;
  return {
    at,
    text: "field removed, with all its values",
    effect: "destructive",
    allow: `drop:${at}`,
  };
}

function safe(at: string, text: string): Change {
  return { at, text, effect: "safe" };
}

function accountOf(dataset: Dataset): unknown {
  return dataset.kind === "customer" ? dataset.account : undefined;
}

function eventTimeOf(dataset: Dataset): unknown {
  return dataset.kind === "event" ? dataset.eventTime : undefined;
}

function subjectOf(dataset: Dataset): unknown {
  return dataset.kind === "event" ? dataset.subject : undefined;
}

function createsCustomers(dataset: Dataset): boolean {
  return dataset.kind === "event" && dataset.createsCustomers;
}
