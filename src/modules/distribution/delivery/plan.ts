/** Decides, before anything is read, whether a delivery may happen and what exactly would leave. */
import {
  type Issue,
  InvalidInputError,
  NotFoundError,
  RefusedError,
  must,
  didYouMean,
} from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  type Catalogue,
  customerDataset,
  findField,
  type CustomerDataset,
  readDefinitions,
  type StoredDefinition,
} from "../../contracts/index.ts";
import type { Waybill } from "../../../protocol/waybill/index.ts";
import { openSeeing } from "../../customers/index.ts";
import {
  type Access,
  findRecipient,
  readRecipients,
  refuseOutsideAgreement,
  type Recipient,
} from "../../policy/index.ts";
import { routeIssues } from "../definitions/checks.ts";
import type { DefinitionFile } from "../definitions/definition-file.ts";
import { objections } from "../definitions/permitted.ts";
import {
  destinationSchema,
  routeSchema,
  type DestinationDefinition,
  type RouteDefinition,
} from "../definitions/schemas.ts";
import type { TotalledField } from "../payload/totals.ts";
import type { CustomerSelection, OutgoingField } from "../store/projection.ts";
import type { Choice, DeliveryClient, DeliveryDeps } from "./deps.ts";

/** Something that may leave. */
export interface DeliveryPlan {
  readonly client: DeliveryClient;
  readonly recipient: Recipient;
  /** What the recipient may have for the purpose. */
  readonly access: Access;
  readonly purpose: string;
  readonly legalBasis: Waybill["legalBasis"];
  /** ISO 8601 durations. */
  readonly retention: string;
  readonly erasureWithin: string;
  /** Undefined when a person asks for it by hand. */
  readonly route: { readonly name: string; readonly version: number } | undefined;
  readonly destination: Waybill["destination"];
  readonly customers: CustomerDataset;
  readonly fields: readonly OutgoingField[];
  readonly totals: readonly TotalledField[];
  /** Undefined: everybody. */
  readonly selection: PlannedSelection | undefined;
  /** The instant for which customers are chosen. */
  readonly asOf: Date;
}

/** Whom a plan chooses. */
export interface PlannedSelection extends CustomerSelection {
  /** By what, so that it can be asked again. */
  readonly choice: Choice;
  /** The instant that was asked for; undefined: that of each question. */
  readonly fixedAt: Date | undefined;
}

/** A delivery of a route, and where it goes. */
export interface PlannedRoute {
  readonly plan: DeliveryPlan;
  readonly definition: DestinationDefinition;
}

export interface PlanRequest {
  readonly client: DeliveryClient;
  readonly route: string;
  /** The instant for which customers are chosen; now, when it is not given. */
  readonly asOf?: Date | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws NotFoundError when there is no such route
 * @throws RefusedError when the agreement is not in force, the contract does not allow the purpose, or
 * route and contract no longer fit each other
 */
export async function planDelivery(
  deps: DeliveryDeps,
  request: PlanRequest,
): Promise<PlannedRoute> {
  const now = deps.clock.now();
  const { catalogue, scope } = request.client;
  return await deps.db.scoped(
    scope,
    async (tx) => {
      const stored = await findStored(tx, "route", request.route);
      const route = parseRoute(stored);
      const destination = parseDestination(await findStored(tx, "destination", route.destination));
      const recipient = findRecipient(await readRecipients(tx), destination.recipient);
      refuseMisfit(stored, { route, recipient, client: request.client });
      refuseOutsideAgreement(recipient, { catalogue, at: now });
      const customers = must(customerDataset(catalogue), "a route without customers is refused");
      const { access } = await openSeeing(tx, {
        catalogue,
        recipient,
        purpose: route.purpose,
        at: now,
        protection: () => deps.protect(request.client.key),
      });
      const plan = {
        client: request.client,
        recipient,
        access,
        purpose: route.purpose,
        legalBasis: route.legalBasis,
        retention: route.retention,
        erasureWithin: route.erasureWithin,
        route: { name: route.route, version: stored.version },
        destination: { name: destination.destination, kind: destination.kind },
        customers,
        fields: outgoingFields(route, customers, access),
        totals: route.totals.map((name) => ({ name, scale: scaleOfField(customers, name) })),
        selection: await planSelection(tx, deps, {
          catalogue,
          choice: { segment: route.segment, criteria: route.criteria },
          fixedAt: request.asOf,
          now,
        }),
        asOf: request.asOf ?? now,
      };
      return { plan, definition: destination };
    },
    { readOnly: true, isolation: "repeatable read", signal: request.signal },
  );
}

/** Turns a choice into the query of a plan. @param request `now`: the instant of the plan */
export async function planSelection(
  tx: Transaction,
  { select }: DeliveryDeps,
  request: Pick<PlannedSelection, "choice" | "fixedAt"> & {
    readonly catalogue: Catalogue;
    readonly now: Date;
  },
): Promise<PlannedSelection> {
  const { catalogue, choice, fixedAt, now } = request;
  const query = await select(tx, { ...choice, catalogue, asOf: fixedAt ?? now });
  return { ...query, choice, fixedAt };
}

/**
 * The fields of a route, each with the forms that its recipient may have.
 * @throws RefusedError when a field would be absent of everybody, or a total is over one that is not clear
 */
function outgoingFields(
  route: RouteDefinition,
  customers: CustomerDataset,
  access: Access,
): OutgoingField[] {
  const seen = access.ofSeenRows(customers.name, route.fields);
  const fields = route.fields.map((name): OutgoingField => {
    const field = must(findField(customers, name), "unknown fields are refused");
    return { field, forms: seen.forms(customers.name, name) };
  });
  const found = objections(route, access, (name) => seen.forms(customers.name, name));
  if (found.length > 0) {
    throw new RefusedError(
      "route-not-permitted",
      `route ${route.route} asks for what ${access.recipient.recipient} may not have`,
      found.map(({ member, field, message, hint }): Issue => ({
        at: `${member}.${field}`,
        message,
        hint,
      })),
    );
  }
  return fields;
}

async function findStored(
  tx: Transaction,
  kind: "route" | "destination",
  name: string,
): Promise<StoredDefinition> {
  const all = await readDefinitions(tx, kind);
  const found = all.find((one) => one.name === name);
  if (found === undefined) {
    const names = all.map((one) => one.name);
    const known = names.length === 0 ? `none are applied yet` : `there are ${names.join(", ")}`;
    throw new NotFoundError(`${kind}-unknown`, `there is no ${kind} ${name}`, {
      hint: didYouMean(name, names) ?? known,
    });
  }
  return found;
}

function parseRoute(stored: StoredDefinition): RouteDefinition {
  const parsed = routeSchema.safeParse(stored.body);
  if (!parsed.success) {
    throw misfit(stored.name, []);
  }
  return parsed.data;
}

function parseDestination(stored: StoredDefinition): DestinationDefinition {
  const parsed = destinationSchema.safeParse(stored.body);
  if (!parsed.success) {
    throw new InvalidInputError(
      "destination-invalid",
      `destination ${stored.name} is not valid`,
      [],
      {
        hint: "correct its file and apply the folder again",
      },
    );
  }
  return parsed.data;
}

function refuseMisfit(
  stored: StoredDefinition,
  fitting: {
    readonly route: RouteDefinition;
    readonly recipient: Recipient;
    readonly client: DeliveryClient;
  },
): void {
  const { route, recipient, client } = fitting;
  const definition: DefinitionFile = {
    kind: "route",
    name: stored.name,
    file: `routes/${stored.name}.yaml`,
    body: stored.body,
    locate: () => undefined,
  };
  // Whether the segment exists is for those who turn it into a query to say.
  const segments = route.segment === undefined ? [] : [route.segment];
  const issues = routeIssues(definition, route, {
    catalogue: client.catalogue,
    segments,
    destinations: new Map([[route.destination, recipient]]),
  });
  if (issues.length > 0) {
    throw misfit(stored.name, issues);
  }
}

function misfit(
  route: string,
  issues: ConstructorParameters<typeof RefusedError>[2],
): RefusedError {
  return new RefusedError("route-misfit", `route ${route} does not fit what is agreed`, issues, {
    hint: "correct the route and apply the folder again",
  });
}

function scaleOfField(customers: CustomerDataset, name: string): number {
  const type = findField(customers, name)?.type;
  return type?.kind === "decimal" ? type.scale : 0;
}
