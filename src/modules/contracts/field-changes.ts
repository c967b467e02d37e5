/** What changes about one field, and what that asks of the values that are there. */
import type { Dataset, Field, FieldRules } from "./catalogue.ts";
import type { Change } from "./changes.ts";
import type { Condition } from "./store/probes.ts";
import { fieldProbe } from "./store/probes.ts";
import { nameType, typeChange } from "./type-change.ts";

/** Compares two states of a field of `dataset`. */
export function fieldChanges(dataset: Dataset, before: Field, after: Field): Change[] {
  const type = typeChanges(dataset, before, after);
  const isReplaced = type.some(({ effect }) => effect === "destructive");
  // A column that starts empty has no values that rules could find wrong.
  const rules = isReplaced ? [] : ruleChanges(dataset, before, after);
  const seal = isReplaced ? [] : sealChanges(dataset, before, after);
  return [...type, ...seal, ...rules, ...useChanges(dataset, before, after)];
}

function typeChanges(dataset: Dataset, before: Field, after: Field): Change[] {
  const at = `${dataset.name}.${after.name}`;
  const spelled = `${nameType(before.type)} → ${nameType(after.type)}`;
  switch (typeChange(before, after)) {
    case "same":
      return [];
    case "widened":
      return [
        { at, text: widenedText(before, after) ?? `type widened: ${spelled}`, effect: "safe" },
      ];
    case "narrowed":
      // Nothing can allow it: a value that does not fit would have to be changed behind the log's back.
      return [
        {
          at,
          text: narrowedText(before, after) ?? `type narrowed: ${spelled}`,
          effect: "checks-data",
          probe: fieldProbe(dataset, after, { kind: "unfit", type: after.type }),
        },
      ];
    case "replaced": {
      const text = `type changed: ${spelled}; the present values are removed`;
      return [{ at, text, effect: "destructive", allow: `retype:${at}` }];
    }
  }
}

/** Every value is encrypted, or decrypted, and nobody is refused for it: the plan says how many rows that takes. */
function sealChanges(dataset: Dataset, before: Field, after: Field): Change[] {
  if (before.sealed === after.sealed) {
    return [];
  }
  const text = after.sealed === true ? "is now sealed" : "is no longer sealed";
  const rewrites = fieldProbe(dataset, after, { kind: "present" });
  return [{ at: `${dataset.name}.${after.name}`, text, effect: "safe", rewrites }];
}

function widenedText(before: Field, after: Field): string | undefined {
  if (before.type.kind !== "enum" || after.type.kind !== "enum") {
    return undefined;
  }
  const old = before.type.values;
  const added = after.type.values.filter((value) => !old.includes(value)).length;
  return added === 0 ? "values of the enumeration in another order" : `${countValues(added)} added`;
}

function narrowedText(before: Field, after: Field): string | undefined {
  if (before.type.kind !== "enum" || after.type.kind !== "enum") {
    return undefined;
  }
  const [old, now] = [before.type.values, after.type.values];
  const added = now.filter((value) => !old.includes(value)).length;
  const removed = countValues(old.filter((value) => !now.includes(value)).length);
  return added === 0 ? `${removed} removed` : `${removed} removed, ${added} added`;
}

function countValues(count: number): string {
  return count === 1 ? "1 value of the enumeration" : `${count} values of the enumeration`;
}

function ruleChanges(dataset: Dataset, before: Field, after: Field): Change[] {
  const at = `${dataset.name}.${after.name}`;
  const tightened = (text: string, probe: Change["probe"]): Change => {
    return { at, text, effect: "checks-data", allow: `tighten:${at}`, probe };
  };
  const changes: Change[] = [];
  if (after.rules.required !== before.rules.required) {
    const probe = fieldProbe(dataset, after, { kind: "missing" });
    changes.push(
      after.rules.required
        ? tightened("is now required", probe)
        : { at, text: "is no longer required", effect: "safe" },
    );
  }
  for (const { name, text, direction, condition } of LIMITS) {
    const [was, is] = [before.rules[name], after.rules[name]];
    if (was === is) {
      continue;
    }
    const spelled = `${text} ${was ?? "none"} → ${is ?? "none"}`;
    const isLooser = is === undefined || (was !== undefined && direction(was, is));
    const isHidden = before.sealed === true;
    const wrong = isHidden ? { kind: "present" as const } : condition(String(is));
    changes.push(
      isLooser
        ? { at, text: `rule loosened: ${spelled}`, effect: "safe" }
        : tightened(
            `rule tightened: ${spelled}${isHidden ? ", and sealed values cannot be looked at" : ""}`,
            fieldProbe(dataset, after, wrong),
          ),
    );
  }
  return changes;
}

interface Limit {
  readonly name: Exclude<keyof FieldRules, "required">;
  readonly text: string;
  /** Whether going from the first to the second allows more. */
  readonly direction: (was: string | number, is: string | number) => boolean;
  readonly condition: (bound: string) => Condition;
}

const isLower = (was: string | number, is: string | number): boolean => order(is, was) < 0;
const isHigher = (was: string | number, is: string | number): boolean => order(is, was) > 0;

/** Bounds of one field have one form: numbers, or dates and times, which order as their text does not. */
function order(a: string | number, b: string | number): number {
  const [left, right] = [measure(a), measure(b)];
  return left - right;
}

function measure(bound: string | number): number {
  const number = Number(bound);
  return Number.isNaN(number) ? Date.parse(String(bound)) : number;
}

const LIMITS: readonly Limit[] = [
  {
    name: "minLength",
    text: "shortest length",
    direction: isLower,
    condition: (bound) => ({ kind: "length", operator: "<", bound }),
  },
  {
    name: "maxLength",
    text: "greatest length",
    direction: isHigher,
    condition: (bound) => ({ kind: "length", operator: ">", bound }),
  },
  {
    name: "minimum",
    text: "minimum",
    direction: isLower,
    condition: (bound) => ({ kind: "bound", operator: "<", bound }),
  },
  {
    name: "maximum",
    text: "maximum",
    direction: isHigher,
    condition: (bound) => ({ kind: "bound", operator: ">", bound }),
  },
  {
    name: "exclusiveMinimum",
    text: "lower bound (exclusive)",
    direction: isLower,
    condition: (bound) => ({ kind: "bound", operator: "<=", bound }),
  },
  {
    name: "exclusiveMaximum",
    text: "upper bound (exclusive)",
    direction: isHigher,
    condition: (bound) => ({ kind: "bound", operator: ">=", bound }),
  },
  {
    name: "pattern",
    text: "pattern",
    direction: () => false,
    condition: (pattern) => ({ kind: "pattern", pattern }),
  },
];

function useChanges(dataset: Dataset, before: Field, after: Field): Change[] {
  const at = `${dataset.name}.${after.name}`;
  const changes: Change[] = [];
  const add = (text: string): void => {
    changes.push({ at, text, effect: "safe" });
  };
  if (before.identifier !== after.identifier) {
    add(after.identifier ? "is now an identifier, with an index" : "is no longer an identifier");
  }
  const uses = ["category", "normaliser", "survivorship", "erasure"] as const;
  for (const use of uses.filter((name) => before[name] !== after[name])) {
    const from =
      use === "normaliser" || use === "survivorship" ? ", for rows that come from now on" : "";
    add(`${use} ${before[use] ?? "none"} → ${after[use] ?? "none"}${from}`);
  }
  if (before.title !== after.title || before.description !== after.description) {
    add("title or description changed");
  }
  return changes;
}
