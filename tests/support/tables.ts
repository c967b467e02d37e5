import type { Database, Scope } from "../../src/platform/postgres/index.ts";
import type { Catalogue } from "../../src/modules/contracts/index.ts";
const types: Record<string, string> = {
  "text-list": "text[]",
  decimal: "numeric(12,2)",
  date: "date",
};
export async function createTables(
  db: Database,
  scope: Scope,
  catalogue: Catalogue,
): Promise<void> {
  await db.defining(scope, async (tx) => {
    for (const dataset of catalogue.datasets) {
      const cols = dataset.fields
        .map((f) => `"${f.name}" ${types[f.type.kind] ?? "text"}`)
        .join(", ");
      if (dataset.kind === "event") {
        await tx.run(
          `create table ${dataset.name} (_id bigint primary key, _customer bigint, _at timestamptz not null, _subject text, _source smallint not null, _key text not null, _hash uuid not null, _intake bigint not null, _line bigint not null, ${cols}, unique (_source, _key))`,
        );
      } else {
        await tx.run(
          `create table ${dataset.name} (_id bigint primary key, _version int not null, _created_at timestamptz not null, _updated_at timestamptz not null, ${cols})`,
        );
        await tx.run(
          `create table ${dataset.name}__records (_record bigint primary key, _id bigint not null, _source smallint not null, _key text not null, _hash uuid not null, _stated_at timestamptz not null, _intake bigint not null, _line bigint not null, ${cols}, unique (_source, _key))`,
        );
      }
    }
  });
}
