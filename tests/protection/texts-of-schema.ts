import { quoteIdent, type Database, type Scope } from "../../src/platform/postgres/index.ts";

/**
 * Every row of every table of a client as text, and every `bytea` once more as the text that its bytes
 * may be: what somebody finds who searches a dump, or the disk.
 */
export async function textsOfSchema(db: Database, scope: Scope): Promise<string[]> {
  return await db.defining(scope, async (tx) => {
    const tables = await tx.rows<{ name: string; bytes: string[] }>(
      `select c.relname as name,
              coalesce(array_agg(a.attname::text) filter (where a.atttypid = 'bytea'::regtype), '{}') as bytes
         from pg_catalog.pg_class c
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where n.nspname = current_schema() and c.relkind = 'r'
        group by c.relname`,
    );
    const texts: string[] = [];
    for (const { name, bytes } of tables) {
      const decoded = bytes.map(
        (column) => `coalesce(encode(t.${quoteIdent(column)}, 'escape'), '')`,
      );
      const rows = await tx.rows<{ text: string }>(
        `select concat_ws(' ', t::text${["", ...decoded].join(", ")}) as text from ${quoteIdent(name)} t`,
      );
      texts.push(...rows.map(({ text }) => text));
    }
    return texts;
  });
}
