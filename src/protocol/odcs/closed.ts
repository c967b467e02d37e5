/**
 * Objects that know all their keys. The standard forbids unknown properties and lets further ones
 * depend on a value beside them (`type`, `logicalType`); plain zod objects can say the first only,
 * without naming the key that was meant, and stop at the first wrong type.
 */
import { z } from "zod";
import { didYouMean } from "../../kernel/index.ts";

/** Further keys of an object, chosen by what stands in it. */
export type Further = (value: Readonly<Record<string, unknown>>) => z.ZodObject | undefined;

/** An object of `shape`, and of what `further` adds; every other key is an issue of its own. */
export function closed<Shape extends z.ZodRawShape>(shape: Shape, further?: Further) {
  const ownKeys = Object.keys(shape);
  return z.looseObject(shape).superRefine(
    (value, context) => {
      const more = further?.(value);
      const known = new Set([...ownKeys, ...Object.keys(more?.shape ?? {})]);
      for (const key of Object.keys(value)) {
        if (!known.has(key)) {
          const hint = didYouMean(key, known) ?? keysHint(known);
          const message = `unknown key ${JSON.stringify(key)}`;
          context.addIssue({ code: "custom", path: [key], message, params: { hint, key: true } });
        }
      }
      const checked = more?.safeParse(value, { reportInput: true });
      for (const issue of checked?.error?.issues ?? []) {
        context.addIssue({ ...issue });
      }
    },
    { when: ({ value }) => isRecord(value) },
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lists the keys only where the list is short enough to be read. */
function keysHint(known: ReadonlySet<string>): string | undefined {
  return known.size > 12 ? undefined : `known here: ${[...known].join(", ") || "no key"}`;
}
