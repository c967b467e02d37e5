/** Servers: where a dataset lies (ODCS v3.1, "Infrastructure and servers"). Waybill reads them as documentation. */
import { z } from "zod";
import { closed } from "./closed.ts";
import { customProperties, integer, role, stableId, uri } from "./parts.ts";

const text = z.string();
const maybe = z.string().optional();
const hostPort = { host: text, port: integer, database: text };
const lake = { location: uri, format: text };

const shapes: Readonly<Record<string, z.ZodRawShape>> = {
  api: { location: uri },
  athena: { stagingDir: uri, schema: text, catalog: maybe, regionName: maybe },
  azure: { ...lake, delimiter: maybe },
  bigquery: { project: text, dataset: text },
  clickhouse: hostPort,
  cloudsql: { ...hostPort, schema: text },
  custom: {
    account: maybe,
    catalog: maybe,
    database: maybe,
    dataset: maybe,
    delimiter: maybe,
    endpointUrl: uri.optional(),
    format: maybe,
    host: maybe,
    location: uri.optional(),
    path: maybe,
    port: integer.optional(),
    project: maybe,
    region: maybe,
    regionName: maybe,
    schema: maybe,
    serviceName: maybe,
    stagingDir: maybe,
    stream: maybe,
    warehouse: maybe,
  },
  databricks: { host: maybe, catalog: text, schema: text },
  db2: { ...hostPort, schema: maybe },
  denodo: { ...hostPort, database: maybe },
  dremio: { host: text, port: integer, schema: maybe },
  duckdb: { database: text, schema: maybe },
  glue: { account: text, database: text, location: uri.optional(), format: maybe },
  hive: { ...hostPort, port: integer.optional() },
  impala: { ...hostPort, port: integer.optional() },
  informix: { ...hostPort, port: integer.optional() },
  kafka: { host: text, format: maybe },
  kinesis: { region: maybe, format: maybe },
  local: { path: text, format: text },
  mysql: hostPort,
  oracle: { host: text, port: integer, serviceName: text },
  postgres: { ...hostPort, schema: text },
  postgresql: { ...hostPort, schema: text },
  presto: { host: text, catalog: maybe, schema: maybe },
  pubsub: { project: text },
  redshift: { host: maybe, database: text, schema: text, region: maybe, account: maybe },
  s3: { location: uri, endpointUrl: uri.optional(), format: maybe, delimiter: maybe },
  sftp: {
    location: uri.refine((value) => value.startsWith("sftp://"), {
      error: "must begin with sftp://",
    }),
    format: maybe,
    delimiter: maybe,
  },
  snowflake: {
    host: maybe,
    port: integer.optional(),
    account: text,
    database: text,
    schema: text,
    warehouse: maybe,
  },
  sqlserver: { host: text, port: integer.optional(), database: text, schema: text },
  synapse: hostPort,
  trino: { host: text, port: integer, catalog: text, schema: text },
  vertica: { ...hostPort, schema: text },
  zen: { ...hostPort, port: integer.optional() },
};

const schemas = new Map(
  Object.entries(shapes).map(([type, shape]) => [type, z.looseObject(shape)] as const),
);

export const server = closed(
  {
    id: stableId.optional(),
    server: z.string(),
    type: z.enum(Object.keys(shapes)),
    description: z.string().optional(),
    environment: z.string().optional(),
    roles: z.array(role).optional(),
    customProperties: customProperties.optional(),
  },
  ({ type }) => (typeof type === "string" ? schemas.get(type) : undefined),
);
