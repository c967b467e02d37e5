/**
 * The meaning of destinations and routes, checked when a folder is planned, so that a delivery does not
 * find out at six on Monday morning.
 */
import type { Issue } from "../../../kernel/index.ts";
import { didYouMean } from "../../../kernel/index.ts";
import {
  customerDataset,
  findField,
  type Catalogue,
  type CustomerDataset,
} from "../../contracts/index.ts";
import { issueAt, schemaIssues, type DefinitionFile } from "./issues.ts";
import { destinationSchema, routeSchema, type RouteDefinition } from "./schemas.ts";

const DESTINATION_MEMBERS = [
  "destination",
  "recipient",
  "kind",
  "path",
  "format",
  "url",
  "secret",
  "allowPrivate",
  "name",
  "jurisdiction",
  "agreement",
  "transferMechanism",
  "id",
  "version",
  "from",
  "until",
];
const ROUTE_MEMBERS = [...Object.keys(routeSchema.shape), "cron"];

/** Everything wrong with the destinations among `definitions`; other kinds are passed over. */
export function checkDestinations(definitions: readonly DefinitionFile[]): Issue[] {
  return definitions
    .filter(({ kind }) => kind === "destination")
    .flatMap((definition) => {
      const parsed = destinationSchema.safeParse(definition.body);
      if (!parsed.success) {
        return schemaIssues(definition, parsed.error, DESTINATION_MEMBERS);
      }
      return nameIssues(definition, "destination", parsed.data.destination);
    });
}

/** What routes may refer to. */
export interface RouteSurroundings {
  readonly catalogue: Catalogue;
  readonly segments: readonly string[];
  readonly destinations: readonly string[];
}

/**
 * Everything wrong with the routes among `definitions`.
 * @param others where the segments and destinations are that the routes may name
 */
export function checkRoutes(
  definitions: readonly DefinitionFile[],
  catalogue: Catalogue,
  others: readonly DefinitionFile[] = definitions,
): Issue[] {
  const namesOf = (kind: DefinitionFile["kind"]) => {
    return others.filter((one) => one.kind === kind).map(({ name }) => name);
  };
  const surroundings = {
    catalogue,
    segments: namesOf("segment"),
    destinations: namesOf("destination"),
  };
  return definitions
    .filter(({ kind }) => kind === "route")
    .flatMap((definition) => {
      const parsed = routeSchema.safeParse(definition.body);
      return parsed.success
        ? routeIssues(definition, parsed.data, surroundings)
        : schemaIssues(definition, parsed.error, ROUTE_MEMBERS);
    });
}

/** What is wrong with one well-formed route in its surroundings. */
export function routeIssues(
  definition: DefinitionFile,
  route: RouteDefinition,
  { catalogue, segments, destinations }: RouteSurroundings,
): Issue[] {
  const issues = [
    ...nameIssues(definition, "route", route.route),
    ...referenceIssues(definition, {
      member: "destination",
      name: route.destination,
      known: destinations,
    }),
    ...(route.segment === undefined
      ? []
      : referenceIssues(definition, { member: "segment", name: route.segment, known: segments })),
    ...purposeIssues(definition, route.purpose, catalogue),
  ];
  const customers = customerDataset(catalogue);
  if (customers === undefined) {
    const message = "the contract has no customers dataset, so there is nothing to deliver";
    return [...issues, issueAt(definition, ["fields"], { message })];
  }
  return [
    ...issues,
    ...fieldIssues(definition, route, customers),
    ...totalIssues(definition, route, customers),
  ];
}

function nameIssues(definition: DefinitionFile, member: string, name: string): Issue[] {
  const message = `the ${member} is called ${name} and its file ${definition.name}; they must be the same`;
  return name === definition.name ? [] : [issueAt(definition, [member], { message })];
}

interface NamedReference {
  readonly member: "segment" | "destination";
  readonly name: string;
  readonly known: readonly string[];
}

function referenceIssues(
  definition: DefinitionFile,
  { member, name, known }: NamedReference,
): Issue[] {
  if (known.includes(name)) {
    return [];
  }
  const hint = didYouMean(name, known) ?? `add ${member}s/${name}.yaml`;
  return [issueAt(definition, [member], { message: `there is no ${member} ${name}`, hint })];
}

function purposeIssues(
  definition: DefinitionFile,
  purpose: string,
  { purposes }: Catalogue,
): Issue[] {
  if (purposes.includes(purpose)) {
    return [];
  }
  const message = `the contract does not allow the purpose ${purpose}`;
  const hint = didYouMean(purpose, purposes) ?? `it allows ${purposes.join(", ")}`;
  return [issueAt(definition, ["purpose"], { message, hint })];
}

function fieldIssues(
  definition: DefinitionFile,
  { fields }: RouteDefinition,
  customers: CustomerDataset,
): Issue[] {
  const known = customers.fields.map(({ name }) => name);
  return fields.flatMap((name, position) => {
    if (fields.indexOf(name) !== position) {
      return [issueAt(definition, ["fields", position], { message: `${name} is named twice` })];
    }
    if (known.includes(name)) {
      return [];
    }
    const message = `${customers.name} has no field ${name}`;
    const hint = didYouMean(name, known) ?? `its fields are ${known.join(", ")}`;
    return [issueAt(definition, ["fields", position], { message, hint })];
  });
}

function totalIssues(
  definition: DefinitionFile,
  route: RouteDefinition,
  customers: CustomerDataset,
): Issue[] {
  return route.totals.flatMap((name, position) => {
    const at = ["totals", position];
    if (route.totals.indexOf(name) !== position) {
      return [issueAt(definition, at, { message: `${name} is named twice` })];
    }
    if (!route.fields.includes(name)) {
      const message = `${name} is not among the fields that leave`;
      return [
        issueAt(definition, at, {
          message,
          hint: "a total of a hidden field would say something about it",
        }),
      ];
    }
    const kind = findField(customers, name)?.type.kind;
    const countable = kind === undefined || kind === "decimal" || kind === "integer";
    return countable
      ? []
      : [
          issueAt(definition, at, {
            message: `${name} is not a number`,
            hint: "totals are over integer and decimal fields",
          }),
        ];
  });
}
