/**
 * The meaning of destinations and routes, checked when a folder is planned, so that a delivery does not
 * find out at six on Monday morning.
 */
import type { Issue } from "../../../kernel/index.ts";
import { didYouMean } from "../../../kernel/index.ts";
import {
  coversKey,
  customerDataset,
  definitionIssue,
  findField,
  schemaIssues,
  type Catalogue,
  type CustomerDataset,
} from "../../contracts/index.ts";
import { allowsPurpose, isLonger, recipientSchema, type Recipient } from "../../policy/index.ts";
import type { DefinitionFile } from "./definition-file.ts";
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
];
const ROUTE_MEMBERS = [...Object.keys(routeSchema.shape), "cron"];

/**
 * Everything wrong with the destinations among `definitions`; other kinds are passed over.
 * @param others where the recipients are that the destinations may name
 */
export function checkDestinations(
  definitions: readonly DefinitionFile[],
  others: readonly DefinitionFile[] = definitions,
): Issue[] {
  const recipients = namesOf(others, "recipient");
  return definitions
    .filter(({ kind }) => kind === "destination")
    .flatMap((definition) => {
      const parsed = destinationSchema.safeParse(definition.body);
      if (!parsed.success) {
        return schemaIssues(definition, parsed.error, DESTINATION_MEMBERS);
      }
      const { destination, recipient } = parsed.data;
      return [
        ...nameIssues(definition, "destination", destination),
        ...referenceIssues(definition, { member: "recipient", name: recipient, known: recipients }),
      ];
    });
}

/** What routes may refer to. */
export interface RouteSurroundings {
  readonly catalogue: Catalogue;
  readonly segments: readonly string[];
  /** With the recipient of each, as far as it is understood. */
  readonly destinations: ReadonlyMap<string, Recipient | undefined>;
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
  const surroundings = {
    catalogue,
    segments: namesOf(others, "segment"),
    destinations: recipientsOf(others),
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
  const recipient = destinations.get(route.destination);
  const issues = [
    ...nameIssues(definition, "route", route.route),
    ...referenceIssues(definition, {
      member: "destination",
      name: route.destination,
      known: [...destinations.keys()],
    }),
    ...(route.segment === undefined
      ? []
      : referenceIssues(definition, { member: "segment", name: route.segment, known: segments })),
    ...purposeIssues(definition, route.purpose, { catalogue, recipient }),
    ...retentionIssues(definition, route.retention, recipient),
  ];
  const customers = customerDataset(catalogue);
  if (customers === undefined) {
    const message = "the contract has no customers dataset, so there is nothing to deliver";
    return [...issues, definitionIssue(definition, ["fields"], { message })];
  }
  return [
    ...issues,
    ...fieldIssues(definition, route, customers),
    ...totalIssues(definition, route, customers),
  ];
}

function namesOf(definitions: readonly DefinitionFile[], kind: DefinitionFile["kind"]): string[] {
  return definitions.filter((one) => one.kind === kind).map(({ name }) => name);
}

/** Each destination's recipient; undefined where a file is not understood, which its own check says. */
function recipientsOf(
  definitions: readonly DefinitionFile[],
): ReadonlyMap<string, Recipient | undefined> {
  const recipients = definitions.flatMap(({ kind, body }) => {
    const parsed = kind === "recipient" ? recipientSchema.safeParse(body) : undefined;
    return parsed?.success === true ? [parsed.data] : [];
  });
  return new Map(
    definitions
      .filter(({ kind }) => kind === "destination")
      .map(({ name, body }) => {
        const { data } = destinationSchema.safeParse(body);
        return [name, recipients.find(({ recipient }) => recipient === data?.recipient)];
      }),
  );
}

function nameIssues(definition: DefinitionFile, member: string, name: string): Issue[] {
  const message = `the ${member} is called ${name} and its file ${definition.name}; they must be the same`;
  return name === definition.name ? [] : [definitionIssue(definition, [member], { message })];
}

interface NamedReference {
  readonly member: "segment" | "destination" | "recipient";
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
  return [
    definitionIssue(definition, [member], { message: `there is no ${member} ${name}`, hint }),
  ];
}

/** What neither contract nor agreement allow, whatever the policies say. */
function purposeIssues(
  definition: DefinitionFile,
  purpose: string,
  agreed: { readonly catalogue: Catalogue; readonly recipient: Recipient | undefined },
): Issue[] {
  const { purposes } = agreed.catalogue;
  if (!purposes.some((one) => coversKey(one, purpose))) {
    const message = `the contract does not allow the purpose ${purpose}`;
    const hint = didYouMean(purpose, purposes) ?? `it allows ${purposes.join(", ")}`;
    return [definitionIssue(definition, ["purpose"], { message, hint })];
  }
  const { recipient } = agreed;
  if (recipient === undefined || allowsPurpose(recipient.agreement, purpose)) {
    return [];
  }
  const message = `the agreement with ${recipient.recipient} does not allow the purpose ${purpose}`;
  const hint = `it allows ${recipient.agreement.purposes.join(", ")}`;
  return [definitionIssue(definition, ["purpose"], { message, hint })];
}

function retentionIssues(
  definition: DefinitionFile,
  retention: string,
  recipient: Recipient | undefined,
): Issue[] {
  if (recipient === undefined || !isLonger(retention, recipient.agreement.retention)) {
    return [];
  }
  const message = `the agreement with ${recipient.recipient} lets it keep data for ${recipient.agreement.retention} at most`;
  return [definitionIssue(definition, ["retention"], { message, hint: "shorten the retention" })];
}

function fieldIssues(
  definition: DefinitionFile,
  { fields }: RouteDefinition,
  customers: CustomerDataset,
): Issue[] {
  const known = customers.fields.map(({ name }) => name);
  return fields.flatMap((name, position) => {
    if (fields.indexOf(name) !== position) {
      return [
        definitionIssue(definition, ["fields", position], { message: `${name} is named twice` }),
      ];
    }
    if (known.includes(name)) {
      return [];
    }
    const message = `${customers.name} has no field ${name}`;
    const hint = didYouMean(name, known) ?? `its fields are ${known.join(", ")}`;
    return [definitionIssue(definition, ["fields", position], { message, hint })];
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
      return [definitionIssue(definition, at, { message: `${name} is named twice` })];
    }
    if (!route.fields.includes(name)) {
      const message = `${name} is not among the fields that leave`;
      return [
        definitionIssue(definition, at, {
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
          definitionIssue(definition, at, {
            message: `${name} is not a number`,
            hint: "totals are over integer and decimal fields",
          }),
        ];
  });
}
