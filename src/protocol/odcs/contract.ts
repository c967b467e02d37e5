/**
 * The Open Data Contract Standard v3.1.0 (https://bitol-io.github.io/open-data-contract-standard/v3.1.0/),
 * as zod schemas. The standard's own JSON Schema is the oracle of the tests: both accept and refuse
 * the same documents, save the differences that `contract.test.ts` names.
 */
import { z } from "zod";
import { closed } from "./closed.ts";
import {
  authoritativeDefinitions,
  customProperties,
  date,
  dateTime,
  role,
  scalar,
  stableId,
  tags,
} from "./parts.ts";
import type { property } from "./schema.ts";
import { schemaObject } from "./schema.ts";
import { server } from "./server.ts";

const support = closed({
  id: stableId.optional(),
  channel: z.string(),
  url: z.string().optional(),
  description: z.string().optional(),
  tool: z.string().optional(),
  scope: z.string().optional(),
  invitationUrl: z.string().optional(),
  customProperties: customProperties.optional(),
});

const price = closed({
  id: stableId.optional(),
  priceAmount: z.number().optional(),
  priceCurrency: z.string().optional(),
  priceUnit: z.string().optional(),
});

const teamMember = closed({
  id: stableId.optional(),
  username: z.string(),
  name: z.string().optional(),
  description: z.string().optional(),
  role: z.string().optional(),
  dateIn: date.optional(),
  dateOut: date.optional(),
  replacedByUsername: z.string().optional(),
  tags: tags.optional(),
  customProperties: customProperties.optional(),
  authoritativeDefinitions: authoritativeDefinitions.optional(),
});

const team = closed({
  id: stableId.optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  members: z.array(teamMember).optional(),
  tags: tags.optional(),
  customProperties: customProperties.optional(),
  authoritativeDefinitions: authoritativeDefinitions.optional(),
});

const serviceLevel = closed({
  id: stableId.optional(),
  property: z.string(),
  value: scalar,
  valueExt: scalar.optional(),
  unit: z.string().optional(),
  element: z.string().optional(),
  driver: z.string().optional(),
  description: z.string().optional(),
  scheduler: z.string().optional(),
  schedule: z.string().optional(),
});

/** A whole contract document. */
export const odcsContract = closed(
  {
    version: z.string(),
    kind: z.enum(["DataContract"]),
    apiVersion: z.enum(["v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0", "v2.2.2", "v2.2.1", "v2.2.0"]),
    id: z.string(),
    status: z.string(),
    name: z.string().optional(),
    tenant: z.string().optional(),
    tags: tags.optional(),
    servers: z.array(server).optional(),
    dataProduct: z.string().optional(),
    description: z
      .looseObject({
        usage: z.string().optional(),
        purpose: z.string().optional(),
        limitations: z.string().optional(),
        authoritativeDefinitions: authoritativeDefinitions.optional(),
        customProperties: customProperties.optional(),
      })
      .optional(),
    domain: z.string().optional(),
    schema: z.array(schemaObject).optional(),
    support: z.array(support).optional(),
    price: price.optional(),
    // A union of both would answer a slip in a team with "invalid input" and without its place.
    team: z.unknown().optional(),
    roles: z.array(role).optional(),
    slaDefaultElement: z.string().optional(),
    slaProperties: z.array(serviceLevel).optional(),
    authoritativeDefinitions: authoritativeDefinitions.optional(),
    customProperties: customProperties.optional(),
    contractCreatedTs: dateTime.optional(),
  },
  (value) => (Array.isArray(value["team"]) ? withTeamList : withTeam),
);

const withTeam = z.looseObject({ team: team.optional() });
const withTeamList = z.looseObject({ team: z.array(teamMember).optional() });

export type OdcsContract = z.infer<typeof odcsContract>;
export type OdcsDataset = z.infer<typeof schemaObject>;
export type OdcsField = z.infer<typeof property>;
