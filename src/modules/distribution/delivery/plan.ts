/** Decides, before anything is read, whether a delivery may happen and what exactly would leave. */
import {
  InvalidInputError,
  NotFoundError,
  RefusedError,
  must,
  didYouMean,
} from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  customerDataset,
  findField,
  type CustomerDataset,
  readDefinitions,
  type StoredDefinition,
} from "../../contracts/index.ts";
import { canonicalJson, sha256 } from "../../ledger/index.ts";
import {
  findRecipient,
  readRecipients,
  refuseOutsideAgreement,
  type Recipient,
} from "../../policy/index.ts";
import { routeIssues } from "../definitions/checks.ts";
import type { DefinitionFile } from "../definitions/definition-file.ts";
import {
  destinationSchema,
  routeSchema,
  type DestinationDefinition,
  type RouteDefinition,
} from "../definitions/schemas.ts";
import type { TotalledField } from "../payload/totals.ts";
import type { CustomerSelection } from "../store/projection.ts";
import type { DeliveryClient, DeliveryDeps } from "./deps.ts";
import type { OutgoingField } from "./leaving.ts";

/** A delivery that may happen. */
export interface DeliveryPlan {
  readonly client: DeliveryClient;
  readonly route: RouteDefinition;
  readonly routeVersion: number;
  readonly destination: DestinationDefinition;
  readonly recipient: Recipient;
  readonly customers: CustomerDataset;
  readonly fields: readonly OutgoingField[];
  readonly totals: readonly TotalledField[];
  readonly selection: CustomerSelection;
  readonly asOf: Date;
  /** Hex SHA-256 over all policies in force. */
  readonly policySha256: string;
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
): Promise<DeliveryPlan> {
  const now = deps.clock.now();
  const asOf = request.asOf ?? now;
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
      const { segment, criteria } = route;
      const customers = must(customerDataset(catalogue), "a route without customers is refused");
      const fields = route.fields.map((name): OutgoingField => {
        const field = must(findField(customers, name), "unknown fields are refused");
        return { field, forms: ["clear"] };
      });
      return {
        client: request.client,
        route,
        routeVersion: stored.version,
        destination,
        recipient,
        customers,
        fields,
        totals: route.totals.map((name) => ({ name, scale: scaleOfField(customers, name) })),
        selection: await deps.select(tx, { catalogue, asOf, segment, criteria }),
        asOf,
        policySha256: digestOfPolicies(await readDefinitions(tx, "policy")),
      };
    },
    { readOnly: true, isolation: "repeatable read", signal: request.signal },
  );
}

/** SHA-256 over the policies in force, whichever files they come from. */
function digestOfPolicies(policies: readonly StoredDefinition[]): string {
  const texts = policies.map(({ name, body }): [string, string] => [name, JSON.stringify(body)]);
  return sha256(Buffer.from(canonicalJson(texts))).toString("hex");
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
