/** Whether a route's recipient may have what the route names: asked when a folder is planned, and of every delivery. */
import type { Issue } from "../../../kernel/index.ts";
import {
  type Catalogue,
  customerDataset,
  type Definition,
  definitionIssue,
  findField,
} from "../../contracts/index.ts";
import { type Access, compileAccess, type Form, policiesAmong } from "../../policy/index.ts";
import { destinationSchema, type RouteDefinition, routeSchema } from "./schemas.ts";

/** A field of a route that stands in its way. */
export interface Objection {
  /** Where the route names it. */
  readonly member: "fields" | "totals";
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

/** Whether a field that can have these forms leaves as the contract's own value wherever it leaves. */
export function isOwn(forms: readonly Form[]): boolean {
  return forms.every((form) => form === "clear" || form === "absent");
}

/**
 * The fields of a route that would be absent of everybody, and the totals over what is not clear.
 * @param formsOf the forms that a field can have on rows that are seen
 */
export function objections(
  { fields, totals }: Pick<RouteDefinition, "fields" | "totals">,
  { recipient: { recipient }, purpose }: Pick<Access, "recipient" | "purpose">,
  formsOf: (field: string) => readonly Form[],
): Objection[] {
  const never = fields
    .filter((field) => formsOf(field).every((form) => form === "absent"))
    .map((field): Objection => ({
      member: "fields",
      field,
      message: `no policy permits ${recipient} to have ${field} for ${purpose} in any form`,
      hint: "take it out of the route, or permit it in policies/",
    }));
  const unclear = fields
    .filter((field) => totals.includes(field) && !isOwn(formsOf(field)))
    .map((field): Objection => ({
      member: "totals",
      field,
      message: `a total of ${field} would tell what ${recipient} may not have in clear`,
      hint: "take it out of the totals",
    }));
  return [...never, ...unclear];
}

/**
 * What the policies among `definitions` leave of the routes among them. What else is wrong with any of them
 * their own checks say; without policies nothing leaves, which a folder may be planned with all the same.
 */
export function checkPermitted(definitions: readonly Definition[], catalogue: Catalogue): Issue[] {
  const customers = customerDataset(catalogue);
  const routes = definitions.filter(({ kind }) => kind === "route");
  if (customers === undefined || routes.length === 0) {
    return [];
  }
  const { set, issues, recipients } = policiesAmong(definitions, catalogue);
  if (issues.length > 0 || set.policies.length === 0) {
    return [];
  }
  return routes.flatMap((definition) => {
    const route = routeSchema.safeParse(definition.body).data;
    const recipient = recipients.find((one) => one.recipient === recipientOf(definitions, route));
    if (route === undefined || recipient === undefined) {
      return [];
    }
    // At no instant in particular: neither an agreement that is to begin nor a condition on the clock stands in the way.
    const { purpose } = route;
    const pseudonymKey = (): Buffer => Buffer.alloc(32);
    const asked = { catalogue, set, recipient, purpose, at: "live", pseudonymKey } as const;
    const access = compileAccess(asked);
    if (access.nothing !== undefined) {
      return [];
    }
    const fields = route.fields.filter((name) => findField(customers, name) !== undefined);
    const seen = access.ofSeenRows(customers.name, fields);
    return objections({ ...route, fields }, access, (field) =>
      seen.forms(customers.name, field),
    ).map(({ member, field, message, hint }) =>
      definitionIssue(definition, [member, route[member].indexOf(field)], { message, hint }),
    );
  });
}

/** The key of the recipient that a route leads to. */
function recipientOf(
  definitions: readonly Definition[],
  route: RouteDefinition | undefined,
): string | undefined {
  const destination = definitions.find(
    ({ kind, name }) => kind === "destination" && name === route?.destination,
  );
  return destinationSchema.safeParse(destination?.body).data?.recipient;
}
