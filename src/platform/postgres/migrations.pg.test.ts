import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { testDatabase } from "../../../tests/support/database.ts";
import { createScope, migrateAllScopes, migrateControl, migrateScope } from "./index.ts";
import { applyToScope, migrationFrom, readMigrations } from "./migrations.ts";

const first = migrationFrom(
  "0001_first.sql",
  "create table first (x int); insert into first values (1);",
);
const second = migrationFrom(
  "0002_second.sql",
  "alter table first add column y int not null default 2;",
);

describe("migrations", () => {
  test("are applied once, in order, also by several at once", async () => {
    await using database = await testDatabase();
    const scope = await createScope(database.db, "acme");

    const applied = await Promise.all(
      [1, 2, 3].map(() => applyToScope(database.db, scope, [first, second])),
    );

    expect(applied.flat().sort()).toEqual(["0001_first.sql", "0002_second.sql"]);
    const rows = await database.db.scoped(scope, (tx) => tx.rows("select x, y from first"));
    expect(rows).toEqual([{ x: 1, y: 2 }]);
  });

  test("leave nothing of a file that fails, and go on from there when it is mended", async () => {
    await using database = await testDatabase();
    const scope = await createScope(database.db, "acme");
    const broken = migrationFrom(second.name, "create table half (x int); select 1/0;");

    const failing = applyToScope(database.db, scope, [first, broken]);

    await expect(failing).rejects.toMatchObject({ sqlstate: "22012" });
    expect(await applyToScope(database.db, scope, [first, second])).toEqual([second.name]);
    const half = await database.db.scoped(scope, (tx) =>
      tx.row("select to_regclass('half') as it"),
    );
    expect(half).toEqual({ it: null });
  });

  test("refuse a file that was changed after it had been applied", async () => {
    await using database = await testDatabase();
    const scope = await createScope(database.db, "acme");
    await applyToScope(database.db, scope, [first]);

    const changed = applyToScope(database.db, scope, [migrationFrom(first.name, "select 2;")]);

    await expect(changed).rejects.toMatchObject({ code: "migration-changed" });
  });

  test("refuse a schema that a newer version has changed", async () => {
    await using database = await testDatabase();
    const scope = await createScope(database.db, "acme");
    await applyToScope(database.db, scope, [first, second]);

    const older = applyToScope(database.db, scope, [first]);

    await expect(older).rejects.toMatchObject({ code: "migration-unknown" });
  });

  test("of the control plane are all applied in the template", async () => {
    await using database = await testDatabase();

    expect(await migrateControl(database.db)).toEqual([]);
  });

  test("of every client bring all scopes up to date, as their owners", async () => {
    await using database = await testDatabase();
    const scope = await createScope(database.db, "acme");
    const other = await createScope(database.db, "other");
    await migrateScope(database.db, scope);

    expect(await migrateAllScopes(database.db)).toEqual([other.schema]);
    const owners = await database.db.control((tx) =>
      tx.rows("select distinct tableowner::text as owner from pg_tables where schemaname = $1", [
        other.schema,
      ]),
    );
    expect(owners).toEqual([{ owner: other.owner }]);
  });

  test("need numbers of their own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "waybill-migrations-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "0001_a.sql"), "");
    expect(await readMigrations(folder)).toHaveLength(1);

    writeFileSync(join(folder, "0001_b.sql"), "");
    await expect(readMigrations(folder)).rejects.toMatchObject({ code: "migration-name" });
  });
});
