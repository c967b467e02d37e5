/**
 * Partial evaluation: an expression of a policy with everything filled in that is known of a request.
 * What is left asks the row. Only what `expressible.ts` lets through arrives here.
 */
import { unreachable } from "../../../kernel/index.ts";
import { CONSENT_CHANNELS } from "../../criteria/index.ts";
import type { Expression } from "../cedar/expression.ts";
import { entityValue, isEqual } from "../cedar/value.ts";
import type { Value } from "../cedar/value.ts";
import { calculate, compare, timePart } from "./calculation.ts";
import { emptiness, like, membership } from "./membership.ts";
import { FAILED, asResidual, booleanOf, known, left, number, truth, valueOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { isWithin } from "./request.ts";
import type { Request } from "./request.ts";
import type { Column } from "./residual.ts";

/** Evaluates as far as the request goes. */
export function evaluate(expression: Expression, request: Request): Outcome {
  switch (expression.kind) {
    case "value":
      return known(expression.value);
    case "variable":
      return variable(expression.name, request);
    case "attribute":
      return attribute(evaluate(expression.of, request), expression.name, request);
    case "has":
      return has(evaluate(expression.of, request), expression.name, request);
    case "not":
      return not(evaluate(expression.of, request));
    case "and":
    case "or":
      return connect(expression, request);
    case "if":
      return choose(expression, request);
    case "set":
      return known({
        kind: "set",
        members: expression.members.map((member) => valueOf(evaluate(member, request))),
      });
    case "equal":
      return equal(
        evaluate(expression.left, request),
        evaluate(expression.right, request),
        request,
      );
    case "in":
      return within(
        evaluate(expression.left, request),
        evaluate(expression.right, request),
        request,
      );
    case "is":
      return truth(typeOf(evaluate(expression.of, request)) === expression.type);
    case "contains":
    case "contains-all":
    case "contains-any":
      return membership(
        expression.kind,
        evaluate(expression.left, request),
        identified(evaluate(expression.right, request), request),
      );
    case "is-empty":
      return emptiness(evaluate(expression.of, request));
    case "like":
      return like(evaluate(expression.of, request), expression.pattern);
    default:
      return calculation(expression, request);
  }
}

function variable(
  name: "principal" | "action" | "resource" | "context",
  request: Request,
): Outcome {
  switch (name) {
    case "principal":
      return { kind: "recipient" };
    case "resource":
      return { kind: "field" };
    case "context":
      return { kind: "context" };
    case "action":
      return known(entityValue("Action", request.form));
    default:
      return unreachable(name);
  }
}

/** Who asks and what is asked for are entities with attributes; where only their identity counts. */
function identified(outcome: Outcome, request: Request): Outcome {
  switch (outcome.kind) {
    case "recipient":
      return known({ kind: "entity", entity: request.recipient });
    case "field":
      return known({ kind: "entity", entity: request.field });
    default:
      return outcome;
  }
}

function attribute(of: Outcome, name: string, request: Request): Outcome {
  switch (of.kind) {
    case "context":
      return contextMember(name, request);
    case "consents": {
      const channel = CONSENT_CHANNELS.find((one) => one === name);
      return channel === undefined
        ? FAILED
        : { kind: "consented", channel, consents: request.row?.consents };
    }
    case "row":
      return columnOf(of.of, name, request);
    case "recipient":
      return memberOf(request.recipientAttributes, name);
    case "field":
      return memberOf(request.fieldAttributes, name);
    case "value":
      return memberOf(of.value, name);
    default:
      return FAILED;
  }
}

function memberOf(value: Value, name: string): Outcome {
  const member = value.kind === "record" ? value.members.get(name) : undefined;
  return member === undefined ? FAILED : known(member);
}

function contextMember(name: string, { purpose, now, today }: Request): Outcome {
  switch (name) {
    case "customer":
    case "account":
      return { kind: "row", of: name };
    case "consents":
      return { kind: "consents" };
    case "purpose":
      return known({ kind: "entity", entity: purpose });
    case "now":
      return now === undefined ? left({ kind: "now" }) : number("datetime", now);
    case "today":
      return today === undefined ? left({ kind: "today" }) : number("datetime", today);
    default:
      return FAILED;
  }
}

function columnOf(of: "customer" | "account", field: string, { columns, row }: Request): Outcome {
  const type = columns[of].get(field);
  if (type === undefined) {
    return FAILED;
  }
  if (row !== undefined) {
    const value = row[of].get(field);
    return value === undefined ? FAILED : known(value);
  }
  const column: Column = { kind: "column", of, field, type };
  return type === "set" ? { kind: "list", column } : left(column);
}

function has(of: Outcome, name: string, request: Request): Outcome {
  const found = attribute(of, name, request);
  switch (found.kind) {
    case "list":
      return left({ kind: "present", column: found.column });
    case "residual":
      return found.residual.kind === "column"
        ? left({ kind: "present", column: found.residual })
        : truth(true);
    case "failed":
      return of.kind === "failed" ? FAILED : truth(false);
    default:
      return truth(true);
  }
}

function not(of: Outcome): Outcome {
  const boolean = booleanOf(of);
  if (boolean !== undefined) {
    return truth(!boolean);
  }
  return of.kind === "failed" ? FAILED : left({ kind: "not", of: asResidual(of) });
}

/** `&&` and `||` do not look at their right side when the left one decides. */
function connect(
  { kind, left: first, right: second }: Extract<Expression, { kind: "and" | "or" }>,
  request: Request,
): Outcome {
  const one = evaluate(first, request);
  const decided = booleanOf(one);
  if (one.kind === "failed" || decided === (kind === "or")) {
    return one;
  }
  const other = evaluate(second, request);
  if (decided !== undefined || booleanOf(other) === (kind === "and")) {
    return decided === undefined ? one : other;
  }
  return left({ kind, left: asResidual(one), right: asResidual(other) });
}

function choose(
  { test, then, otherwise }: Extract<Expression, { kind: "if" }>,
  request: Request,
): Outcome {
  const chosen = evaluate(test, request);
  const boolean = booleanOf(chosen);
  if (chosen.kind === "failed" || boolean !== undefined) {
    return boolean === undefined ? FAILED : evaluate(boolean ? then : otherwise, request);
  }
  return left({
    kind: "if",
    test: asResidual(chosen),
    then: asResidual(evaluate(then, request)),
    otherwise: asResidual(evaluate(otherwise, request)),
  });
}

function equal(one: Outcome, other: Outcome, request: Request): Outcome {
  const [a, b] = [identified(one, request), identified(other, request)];
  if (a.kind === "failed" || b.kind === "failed") {
    return FAILED;
  }
  return a.kind === "value" && b.kind === "value"
    ? truth(isEqual(a.value, b.value))
    : left({ kind: "equal", left: asResidual(a), right: asResidual(b) });
}

function within(one: Outcome, other: Outcome, request: Request): Outcome {
  const [entity, above] = [identified(one, request), identified(other, request)];
  if (entity.kind === "failed" || above.kind === "failed") {
    return FAILED;
  }
  const value = valueOf(entity);
  const options = valueOf(above);
  const all = options.kind === "set" ? options.members : [options];
  return truth(
    all.some(
      (option) =>
        value.kind === "entity" &&
        option.kind === "entity" &&
        isWithin(request, value.entity, option.entity),
    ),
  );
}

function typeOf(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case "recipient":
      return "Recipient";
    case "field":
      return "Field";
    case "row":
      return outcome.of === "customer" ? "Customer" : "Account";
    default:
      return outcome.kind === "value" && outcome.value.kind === "entity"
        ? outcome.value.entity.type
        : undefined;
  }
}

type Calculation = Extract<
  Expression,
  { kind: "comparison" | "arithmetic" | "negation" | "offset" | "duration-since" | "time-part" }
>;

function calculation(expression: Calculation, request: Request): Outcome {
  switch (expression.kind) {
    case "comparison": {
      const [one, other] = [
        evaluate(expression.left, request),
        evaluate(expression.right, request),
      ];
      return compare(expression.operator, one, other);
    }
    case "arithmetic": {
      const [one, other] = [
        evaluate(expression.left, request),
        evaluate(expression.right, request),
      ];
      return calculate({ operator: expression.operator, type: "long" }, one, other);
    }
    case "negation":
      return calculate(
        { operator: "-", type: "long" },
        number("long", 0n),
        evaluate(expression.of, request),
      );
    case "offset": {
      const [one, other] = [evaluate(expression.of, request), evaluate(expression.by, request)];
      return calculate({ operator: "+", type: "datetime" }, one, other);
    }
    case "duration-since": {
      const [one, other] = [evaluate(expression.of, request), evaluate(expression.by, request)];
      return calculate({ operator: "-", type: "duration" }, one, other);
    }
    case "time-part":
      return timePart(expression.part, evaluate(expression.of, request));
    default:
      return unreachable(expression);
  }
}
