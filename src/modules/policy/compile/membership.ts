/** What sets hold, and which texts are like a pattern. */
import { InvariantError } from "../../../kernel/index.ts";
import { isEqual, isSubset } from "../cedar/value.ts";
import type { Value } from "../cedar/value.ts";
import { FAILED, asResidual, constantOf, left, truth, valueOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { TRUE, anyOf, both, constantTruth } from "./residual.ts";
import type { Residual } from "./residual.ts";

/** `contains`, `containsAll` and `containsAny`. */
export function membership(
  kind: "contains" | "contains-all" | "contains-any",
  set: Outcome,
  member: Outcome,
): Outcome {
  if (set.kind === "failed" || member.kind === "failed") {
    return FAILED;
  }
  if (kind === "contains") {
    return containsOne(set, member);
  }
  const members = membersOf(valueOf(member));
  const isAll = kind === "contains-all";
  switch (set.kind) {
    case "value": {
      const all = membersOf(set.value);
      return truth(
        isAll
          ? isSubset(members, all)
          : members.some((one) => all.some((other) => isEqual(one, other))),
      );
    }
    case "list":
      return left({
        kind: isAll ? "holds-all" : "holds-any",
        column: set.column,
        members: members.flatMap((one) => (one.kind === "string" ? [one.string] : [])),
      });
    case "consented": {
      const consents = members.map((one) => asResidual(consent(set, one)));
      return fromResidual(isAll ? consents.reduce(both, TRUE) : anyOf(consents));
    }
    default:
      throw new InvariantError(`a condition looks into ${set.kind}`);
  }
}

function containsOne(set: Outcome, member: Outcome): Outcome {
  switch (set.kind) {
    case "list":
      return left({ kind: "holds-one", column: set.column, member: asResidual(member) });
    case "consented":
      return consent(set, valueOf(member));
    default: {
      const options = membersOf(valueOf(set));
      return member.kind === "value"
        ? truth(options.some((option) => isEqual(option, member.value)))
        : left({ kind: "one-of", of: asResidual(member), options: options.map(constantOf) });
    }
  }
}

function consent(
  { channel, consents }: Extract<Outcome, { kind: "consented" }>,
  purpose: Value,
): Outcome {
  if (purpose.kind !== "entity") {
    return FAILED;
  }
  const { id } = purpose.entity;
  return consents === undefined
    ? left({ kind: "consent", channel, purpose: id })
    : truth(consents(channel, id));
}

/** Consents are never missing, so they can be connected before any row is looked at. */
function fromResidual(residual: Residual): Outcome {
  const decided = constantTruth(residual);
  return decided === undefined ? left(residual) : truth(decided);
}

function membersOf(value: Value): readonly Value[] {
  return value.kind === "set" ? value.members : [];
}

/** `isEmpty`. */
export function emptiness(of: Outcome): Outcome {
  switch (of.kind) {
    case "failed":
      return FAILED;
    case "list":
      return left({ kind: "empty", column: of.column });
    default:
      return truth(membersOf(valueOf(of)).length === 0);
  }
}

/** `like`. */
export function like(of: Outcome, pattern: readonly (string | undefined)[]): Outcome {
  switch (of.kind) {
    case "failed":
      return FAILED;
    case "value":
      return truth(of.value.kind === "string" && matches(of.value.string, pattern));
    default:
      return left({ kind: "like", of: asResidual(of), pattern });
  }
}

/** Whether a text begins and ends as the pattern does, and has the parts between in their order. */
export function matches(text: string, pattern: readonly (string | undefined)[]): boolean {
  const parts: string[] = [""];
  for (const part of pattern) {
    if (part === undefined) {
      parts.push("");
    } else {
      parts.push((parts.pop() ?? "") + part);
    }
  }
  const [first = "", ...rest] = parts;
  if (rest.length === 0) {
    return text === first;
  }
  const last = rest.pop() ?? "";
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) {
    return false;
  }
  let from = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0 || found + part.length > end) {
      return false;
    }
    from = found + part.length;
  }
  return true;
}
