import { randomInt } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { testDatabase } from "../../../tests/support/database.ts";
import { WaybillError } from "../../kernel/index.ts";
import {
  createScope,
  dropScope,
  findScope,
  listScopes,
  openDatabase,
  type Database,
  type Scope,
  type Transaction,
} from "./index.ts";

/** A scope with one table of canaries, each of which names its scope. */
async function scopeWithCanaries(db: Database, key: string): Promise<Scope> {
  const scope = await createScope(db, key);
  await db.defining(scope, async (tx) => {
    await tx.run("create table canaries (scope text not null)");
    await tx.run("create sequence canary_ids");
    await tx.run("create function sing() returns text language sql as $$ select 'tweet' $$");
  });
  await db.scoped(scope, (tx) => tx.run("insert into canaries (scope) values ($1)", [key]));
  return scope;
}

/** What kind of error each statement ends with. */
async function refusals(
  statements: readonly string[],
  run: (sql: string) => Promise<unknown>,
): Promise<{ sql: string; kind: string }[]> {
  return await Promise.all(
    statements.map(async (sql) => {
      const error: unknown = await run(sql).catch((caught: unknown) => caught);
      return { sql, kind: error instanceof WaybillError ? error.kind : String(error) };
    }),
  );
}

describe("a scope", () => {
  test("is made once, however often and by how many at once", async () => {
    await using database = await testDatabase();

    const made = await Promise.all([1, 2, 3, 4].map(() => createScope(database.db, "acme-de")));

    expect(new Set(made.map((scope) => JSON.stringify(scope))).size).toBe(1);
    expect(made[0]?.schema).toBe("c_acme_de");
    expect(await listScopes(database.db)).toEqual([made[0]]);
    expect(await findScope(database.db, "acme-de")).toEqual(made[0]);
    expect(await findScope(database.db, "nobody")).toBeUndefined();
  });

  test("goes with its data and its roles", async () => {
    await using database = await testDatabase();
    const scope = await scopeWithCanaries(database.db, "acme");

    const dropped = await dropScope(database.db, "acme");

    expect(dropped).toBe(true);
    expect(await dropScope(database.db, "acme")).toBe(false);
    const roles = await database.db.control((tx) =>
      tx.rows("select rolname from pg_roles where rolname in ($1, $2)", [scope.role, scope.owner]),
    );
    expect(roles).toEqual([]);
  });

  test("has roles that no other key's can be taken for", async () => {
    await using database = await testDatabase();
    const keys = ["a", "a-owner", "a-data", "a-owner-data", "a-data-owner", "a--owner"];

    const scopes = await Promise.all(keys.map((key) => createScope(database.db, key)));

    expect(new Set(scopes.flatMap(({ role, owner }) => [role, owner])).size).toBe(2 * keys.length);
  });

  test("is refused for a key that is none", async () => {
    await using database = await testDatabase();

    for (const key of ["", "A", "1a", "a_b", 'a"; drop schema x', "a".repeat(32)]) {
      await expect(createScope(database.db, key)).rejects.toMatchObject({ code: "client-key" });
    }
  });
});

describe("the wall", () => {
  test("lets data statements read and write their own scope, not alter it", async () => {
    await using database = await testDatabase();
    const scope = await scopeWithCanaries(database.db, "acme");
    const run = (sql: string) => database.db.scoped(scope, (tx) => tx.rows(sql));

    expect(await run("select scope, nextval('canary_ids') as id, sing() from canaries")).toEqual([
      { scope: "acme", id: 1n, sing: "tweet" },
    ]);
    const refused = await refusals(
      [
        "drop table canaries",
        "alter table canaries add column more text",
        "create table more (x int)",
        "truncate canaries",
        "create role another",
        "create schema another",
      ],
      run,
    );
    expect(refused.map(({ kind }) => kind)).toEqual(Array(6).fill("forbidden"));
  });

  test("stands between scopes and before the control plane, whatever the statement says", async () => {
    await using database = await testDatabase();
    const ours = await scopeWithCanaries(database.db, "ours");
    const theirs = await scopeWithCanaries(database.db, "theirs");
    const attempts = [
      `select scope from ${theirs.schema}.canaries`,
      `insert into ${theirs.schema}.canaries values ('ours')`,
      `copy ${theirs.schema}.canaries to stdout`,
      `select nextval('${theirs.schema}.canary_ids')`,
      `select ${theirs.schema}.sing()`,
      `create view peep as select scope from ${theirs.schema}.canaries`,
      `create table ${theirs.schema}.ours (x int)`,
      `select key from waybill.scopes`,
      `select pg_read_file('postgresql.conf')`,
      `copy canaries to program 'cat'`,
    ];

    const asData = await refusals(attempts, (sql) =>
      database.db.scoped(ours, (tx) => tx.rows(sql)),
    );
    const asOwner = await refusals(attempts, (sql) =>
      database.db.defining(ours, (tx) => tx.rows(sql)),
    );

    const forbidden = attempts.map((sql) => ({ sql, kind: "forbidden" }));
    expect(asData).toEqual(forbidden);
    expect(asOwner).toEqual(forbidden);
  });

  test("hides the columns and tables of others from the information schema", async () => {
    await using database = await testDatabase();
    const ours = await scopeWithCanaries(database.db, "ours");
    await scopeWithCanaries(database.db, "theirs");

    const schemas = await database.db.scoped(ours, (tx) =>
      tx.rows(
        `select distinct table_schema as name from information_schema.columns
          where table_schema not in ('information_schema', 'pg_catalog')`,
      ),
    );

    expect(schemas).toEqual([{ name: ours.schema }]);
  });

  test("is no member's to climb: the data role has no way to another's rows by itself", async () => {
    await using database = await testDatabase();
    const ours = await scopeWithCanaries(database.db, "ours");
    const theirs = await scopeWithCanaries(database.db, "theirs");

    const memberships = await database.db.control((tx) =>
      tx.rows(
        `select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.member
          where r.rolname in ($1, $2)`,
        [ours.role, ours.owner],
      ),
    );
    const rights = await database.db.control((tx) =>
      tx.row(
        `select has_schema_privilege($1, $2, 'usage') as use, pg_has_role($1, $3, 'member') as member,
                has_schema_privilege(current_user, $2, 'usage') as login_uses`,
        [ours.role, theirs.schema, theirs.role],
      ),
    );

    expect(memberships).toEqual([]);
    expect(rights).toEqual({ use: false, member: false, login_uses: false });
  });

  /**
   * `set role` asks what the session's login may, not what the role in force may, so a statement that
   * could be written by a user could leave its scope. None can: text of users reaches statements only
   * as parameters, and a parameter is never parsed. This states what the server does, so that nobody
   * takes the role for a prison of foreign SQL.
   */
  test("rests on statements being ours: SQL in a value stays a value", async () => {
    await using database = await testDatabase();
    const ours = await scopeWithCanaries(database.db, "ours");
    const theirs = await scopeWithCanaries(database.db, "theirs");

    const climbed = await database.db.scoped(ours, async (tx) => {
      await tx.run(`set local role ${theirs.role}`);
      return await tx.rows(`select scope from ${theirs.schema}.canaries`);
    });
    const stayed = await database.db.scoped(ours, (tx) =>
      tx.row("select $1::text as value, current_user::text as role", [
        `'; set role ${theirs.role}; --`,
      ]),
    );

    expect(climbed).toEqual([{ scope: "theirs" }]);
    expect(stayed).toEqual({ value: `'; set role ${theirs.role}; --`, role: ours.role });
  });

  test("cannot be slipped past by a temporary table of the same name", async () => {
    await using database = await testDatabase({ poolSize: 1 });
    const scope = await scopeWithCanaries(database.db, "acme");

    const seen = await database.db.scoped(scope, async (tx) => {
      await tx.run("create temporary table canaries (scope text) on commit drop");
      await tx.run("insert into pg_temp.canaries (scope) values ('impostor')");
      return await tx.rows("select scope from canaries");
    });

    expect(seen).toEqual([{ scope: "acme" }]);
  });

  test("holds under load: two connections, many scopes, random failures, no foreign canary", async () => {
    await using database = await testDatabase({ poolSize: 2 });
    const keys = ["red", "green", "blue", "white"];
    const scopes = new Map<string, Scope>();
    for (const key of keys) {
      scopes.set(key, await scopeWithCanaries(database.db, key));
    }
    const seen: string[] = [];

    const look = async (key: string, tx: Transaction): Promise<void> => {
      const rows = await tx.rows<{ scope: string }>("select scope from canaries");
      seen.push(...rows.filter(({ scope }) => scope !== key).map(({ scope }) => scope));
    };
    const visit = async (key: string, tx: Transaction): Promise<void> => {
      await look(key, tx);
      switch (randomInt(5)) {
        case 0:
          throw new Error("work fails");
        case 1:
          await tx.run("select 1/0");
          break;
        case 2:
          await setTimeout(randomInt(4));
          break;
        case 3:
          await tx.run("select pg_sleep(0.002)");
          break;
        default:
          await tx.run("insert into canaries (scope) values ($1)", [key]);
      }
    };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, worker) => {
        for (let round = 0; round < 4; round += 1) {
          const key = keys[(worker + round) % keys.length] ?? "red";
          const scope = scopes.get(key) ?? (await createScope(database.db, key));
          await database.db.scoped(scope, (tx) => look(key, tx), { readOnly: true });
          await database.db.scoped(scope, (tx) => visit(key, tx)).catch(() => undefined);
        }
      }),
    );

    expect(outcomes.every(({ status }) => status === "fulfilled")).toBe(true);
    expect(seen).toEqual([]);
    for (const [key, scope] of scopes) {
      const foreign = await database.db.scoped(scope, (tx) =>
        tx.rows("select scope from canaries where scope <> $1", [key]),
      );
      expect(foreign).toEqual([]);
    }
  });
});

describe("roles of another database", () => {
  test("are never adopted", async () => {
    await using database = await testDatabase();
    const scope = await createScope(database.db, "acme");
    await database.db.control((tx) => tx.run("delete from scopes"));
    await database.db.control(async (tx) => {
      await tx.run(`set local role ${scope.owner}`);
      await tx.run(`drop schema ${scope.schema}`);
      await tx.run(`drop owned by ${scope.owner}`);
    });

    await expect(createScope(database.db, "acme")).rejects.toMatchObject({
      code: "scope-role-taken",
    });

    await database.db.control((tx) => tx.run(`drop role ${scope.role}, ${scope.owner}`));
  });
});

describe("opening", () => {
  test("a database that does not answer is unavailable and says what to check", async () => {
    const opening = openDatabase({ url: "postgres://nobody:x@127.0.0.1:1/none" });

    await expect(opening).rejects.toMatchObject({
      kind: "unavailable",
      hint: expect.stringContaining("DATABASE_URL"),
    });
  });

  test("a refused login names no password", async () => {
    await using database = await testDatabase();
    const url = new URL(database.url);
    url.password = "hunter2";

    const error: unknown = await openDatabase({ url: url.href }).catch((caught: unknown) => caught);

    expect(error).toMatchObject({ kind: "unavailable", code: "database-login" });
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });
});
