import { setImmediate, setTimeout } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { testDatabase } from "../../../tests/support/database.ts";
import { InvariantError, type WaybillError } from "../../kernel/index.ts";
import {
  createScope,
  StatementError,
  type Database,
  type Scope,
  type Transaction,
} from "./index.ts";

/** What was copied, chunk by chunk: a chunk is there until the next one is asked for. */
async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) {
    text += chunk.toString();
  }
  return text;
}

async function scopeWithThings(db: Database): Promise<Scope> {
  const scope = await createScope(db, "acme");
  await db.defining(scope, (tx) =>
    tx.run(
      `create table things (
         id   int generated always as identity primary key,
         name text not null unique,
         kind text not null,
         size int not null check (size >= 0)
       )`,
    ),
  );
  return scope;
}

describe("a transaction", () => {
  test("reads every type as the door promises", async () => {
    await using database = await testDatabase();

    const row = await database.db.control((tx) =>
      tx.row(
        `select 9007199254740993::int8 as big, array[1, null]::int8[] as bigs, 1.10::numeric as exact,
                array[1.10]::numeric[] as exacts, date '2026-03-29' as day, array[date '2026-03-29'] as days,
                timestamptz '2026-03-29 02:30+02' as instant, true as yes, '{"a": 1}'::jsonb as json,
                '\\x00ff'::bytea as bytes, array['a,b', null] as texts, 1.5::float8 as float`,
      ),
    );

    expect(row).toEqual({
      big: 9007199254740993n,
      bigs: [1n, null],
      exact: "1.10",
      exacts: ["1.10"],
      day: "2026-03-29",
      days: ["2026-03-29"],
      instant: new Date("2026-03-29T00:30:00Z"),
      yes: true,
      json: { a: 1 },
      bytes: Buffer.from([0, 255]),
      texts: ["a,b", null],
      float: 1.5,
    });
  });

  test("commits what its work did, and nothing when its work throws", async () => {
    await using database = await testDatabase();
    const scope = await scopeWithThings(database.db);
    const insert = (tx: Transaction, name: string) =>
      tx.run("insert into things (name, kind, size) values ($1, 'customers', 1)", [name]);

    await database.db.scoped(scope, (tx) => insert(tx, "kept"));
    const failing = database.db.scoped(scope, async (tx) => {
      await insert(tx, "lost");
      throw new Error("changed my mind");
    });

    await expect(failing).rejects.toThrow("changed my mind");
    const names = await database.db.scoped(scope, (tx) => tx.rows("select name from things"));
    expect(names).toEqual([{ name: "kept" }]);
  });

  test("fails at its commit when its work hid the failure of a statement", async () => {
    await using database = await testDatabase();

    const hiding = database.db.control(async (tx) => {
      await tx.run("select 1/0").catch(() => undefined);
      return "fine";
    });

    await expect(hiding).rejects.toBeInstanceOf(StatementError);
  });

  test("goes on after a failure that a savepoint took back", async () => {
    await using database = await testDatabase();

    const result = await database.db.control(async (tx) => {
      await tx.run("savepoint here");
      await tx.run("select 1/0").catch(() => undefined);
      await tx.run("rollback to savepoint here");
      return "fine";
    });

    expect(result).toBe("fine");
  });

  test("refuses to be used after its end", async () => {
    await using database = await testDatabase();

    const escaped = await database.db.control((tx) => Promise.resolve(tx));

    await expect(escaped.rows("select 1")).rejects.toBeInstanceOf(InvariantError);
    await expect(escaped.copyIn("copy x from stdin", [])).rejects.toBeInstanceOf(InvariantError);
  });

  test("runs statements in the order they were asked for", async () => {
    await using database = await testDatabase();

    const results = await database.db.control((tx) =>
      Promise.all([1, 2, 3].map((n) => tx.row("select $1::int as n", [n]))),
    );

    expect(results).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test("refuses a second row where one was promised", async () => {
    await using database = await testDatabase();
    const one = (sql: string) => database.db.control((tx) => tx.row(sql));

    await expect(one("select generate_series(1, 2)")).rejects.toBeInstanceOf(InvariantError);
    await expect(one("select 1 where false")).rejects.toBeInstanceOf(InvariantError);
  });

  test("does not write when it is read only", async () => {
    await using database = await testDatabase();
    const scope = await scopeWithThings(database.db);

    const writing = database.db.scoped(scope, (tx) => tx.run("delete from things"), {
      readOnly: true,
    });

    await expect(writing).rejects.toMatchObject({ sqlstate: "25006" });
  });

  test("sees one snapshot throughout under repeatable read", async () => {
    await using database = await testDatabase();
    const scope = await scopeWithThings(database.db);
    const count = (tx: Transaction) => tx.row("select count(*) as n from things");

    const [before, after] = await database.db.scoped(
      scope,
      async (tx) => {
        const first = await count(tx);
        await database.db.scoped(scope, (other) =>
          other.run("insert into things (name, kind, size) values ('new', 'x', 1)"),
        );
        return [first, await count(tx)];
      },
      { isolation: "repeatable read" },
    );

    expect(after).toEqual(before);
  });

  test("leaves nothing behind on its connection", async () => {
    await using database = await testDatabase({ poolSize: 1 });
    const scope = await scopeWithThings(database.db);
    await database.db.scoped(scope, (tx) => tx.run("select 1"), { statementTimeoutMs: 5 });

    const settings = await database.db.control((tx) =>
      tx.row(
        "select current_user::text as role, current_setting('search_path') as path, current_setting('statement_timeout') as timeout",
      ),
    );

    expect(settings).toEqual({ role: "waybill", path: "waybill, pg_temp", timeout: "30s" });
  });
});

/** What the login role could do by itself, if it were not for the transaction. */
const plant = "insert into waybill.scopes values ('a', 'c_a', 'x', 'y')";

const planted = (db: Database) => db.control((tx) => tx.rows("select key from scopes"));

describe("a transaction's first message", () => {
  test("does nothing of the first statement when the begin fails", async () => {
    await using database = await testDatabase();
    const { db } = database;
    const nobody = { schema: "waybill", role: "no_such_role", owner: "no_such_role" };

    const unbegun = db.control((tx) => tx.run(plant), {
      isolation: "no such level" as "serializable",
    });
    await expect(unbegun).rejects.toMatchObject({ sqlstate: "42601" });
    const roleless = db.scoped(nobody, (tx) => tx.run(plant));
    await expect(roleless).rejects.toMatchObject({ sqlstate: "22023" });
    expect(await planted(db)).toEqual([]);
  });

  test("lets nothing follow when it failed, and its error is the transaction's", async () => {
    await using database = await testDatabase();
    const { db } = database;

    const going = db.control(
      async (tx) => {
        await tx.run("select 1").catch(() => undefined);
        await tx.run(plant).catch(() => undefined);
        await tx.copyIn("copy waybill.scopes from stdin", ["a\tc_a\tx\ty\n"]).catch(() => 0);
      },
      { isolation: "no such level" as "serializable" },
    );

    await expect(going).rejects.toMatchObject({ sqlstate: "42601" });
    expect(await planted(db)).toEqual([]);
  });

  test("tells an error of the first statement as that statement's", async () => {
    await using database = await testDatabase();

    const failing = database.db.control((tx) => tx.rows("select key, nothing from scopes"));

    await expect(failing).rejects.toMatchObject({ sqlstate: "42703", position: 13 });
  });

  test("limits the first statement by the transaction's own limits", async () => {
    await using database = await testDatabase();

    const limits = await database.db.control(
      (tx) =>
        tx.row(
          "select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock",
        ),
      { statementTimeoutMs: 0, lockTimeoutMs: 123 },
    );

    expect(limits).toEqual({ statement: "0", lock: "123ms" });
  });

  test("may be a text of several statements", async () => {
    await using database = await testDatabase();

    const rows = await database.db.control(async (tx) => {
      await tx.run("create temporary table two (n int) on commit drop; insert into two values (2)");
      return await tx.rows("select n from two");
    });

    expect(rows).toEqual([{ n: 2 }]);
  });
});

describe("a transaction that only reads", () => {
  const readOnly = true;
  const pidOf = (tx: Transaction) => tx.row<{ pid: number }>("select pg_backend_pid() as pid");

  test("ends although nothing follows it on its connection", async () => {
    await using database = await testDatabase({ poolSize: 2 });

    const state = await database.db.control(async (watcher) => {
      await watcher.run("select 1");
      const { pid } = await database.db.control(pidOf, { readOnly });
      await vi.waitFor(async () => {
        const row = await watcher.row(
          "select state from pg_stat_activity where pid = $1 and pg_stat_clear_snapshot() is not null",
          [pid],
        );
        expect(row).toEqual({ state: "idle" });
      });
    });

    expect(state).toBeUndefined();
  });

  test("ends before the next begins, whose work it has no part in", async () => {
    await using database = await testDatabase({ poolSize: 1 });
    const { db } = database;
    const seen = (tx: Transaction) =>
      tx.row<{ pid: number; id: string; only: string }>(
        `select pid, virtualtransaction as id, current_setting('transaction_read_only') as only
           from pg_locks where pid = pg_backend_pid() and locktype = 'virtualxid'`,
      );

    const read = await db.control(seen, { readOnly });
    const written = await db.control(seen);

    expect(written).toMatchObject({ pid: read.pid, only: "off" });
    expect(written.id).not.toBe(read.id);
  });

  test("costs its connection when its end fails, and the next one nothing", async () => {
    await using database = await testDatabase({ poolSize: 1 });
    const { db } = database;
    const before = await db.control(async (tx) => {
      await tx.run("create temporary table one (n int unique deferrable initially deferred)");
      return await pidOf(tx);
    });

    await db.control((tx) => tx.run("insert into one values (1), (1)"), { readOnly });
    await setImmediate();
    const after = await db.control(pidOf);

    expect(after).not.toEqual(before);
  });
});

describe("a failing statement", () => {
  test("says nothing about values of records", async () => {
    await using database = await testDatabase();
    const scope = await scopeWithThings(database.db);
    const secret = "Erika.Mustermann@example.org";
    const statements = [
      "insert into things (name, kind, size) values ($1, 'x', 1), ($1, 'x', 1)",
      "select $1::text::int",
      "insert into things (name, kind, size) select $1, $1, -1",
      "insert into things (name, kind) select $1, 'x'",
      "select ($1::text)::date",
      "select ($1 || '{')::jsonb",
      "do $do$ begin raise exception 'about %', 'Erika.Mustermann@example.org'; end $do$",
    ];

    for (const sql of statements) {
      const values = sql.includes("$1") ? [secret] : [];
      const error: unknown = await database.db
        .scoped(scope, (tx) => tx.run(sql, values))
        .catch((caught: unknown) => caught);

      expect(error).toBeInstanceOf(StatementError);
      const everything = `${String(error)} ${JSON.stringify(error, Object.getOwnPropertyNames(error))}`;
      expect(everything).not.toContain("Mustermann");
    }
  });

  test("names the constraint, the table and the SQLSTATE", async () => {
    await using database = await testDatabase();
    const scope = await scopeWithThings(database.db);

    const twice = database.db.scoped(scope, (tx) =>
      tx.run("insert into things (name, kind, size) values ('a', 'x', 1), ('a', 'x', 1)"),
    );

    await expect(twice).rejects.toMatchObject({
      sqlstate: "23505",
      constraint: "things_name_key",
      table: "things",
    });
  });

  test("costs its connection, which nobody gets again", async () => {
    await using database = await testDatabase({ poolSize: 1 });
    const pid = () => database.db.control((tx) => tx.row("select pg_backend_pid() as pid"));

    const first = await pid();
    const again = await pid();
    await database.db.control((tx) => tx.run("select 1/0")).catch(() => undefined);
    const afterFailure = await pid();

    expect(again).toEqual(first);
    expect(afterFailure).not.toEqual(first);
  });
});

describe("limits", () => {
  test("a statement over its time is a timeout", async () => {
    await using database = await testDatabase();

    const slow = database.db.control((tx) => tx.run("select pg_sleep(10)"), {
      statementTimeoutMs: 50,
    });

    await expect(slow).rejects.toMatchObject({ kind: "timeout", code: "statement-timeout" });
  });

  test("a lock that does not come is a timeout", async () => {
    await using database = await testDatabase();

    await database.db.control(async (holder) => {
      await holder.run("lock table scopes");
      const waiting = database.db.control((tx) => tx.run("lock table scopes"), {
        lockTimeoutMs: 50,
      });
      await expect(waiting).rejects.toMatchObject({ kind: "timeout", code: "lock-timeout" });
    });
  });

  test("a deadlock is a conflict that may be tried again", async () => {
    await using database = await testDatabase();
    const lockBoth = (first: number, second: number) =>
      database.db.control(async (tx) => {
        await tx.run("select pg_advisory_xact_lock($1)", [first]);
        await setTimeout(100);
        await tx.run("select pg_advisory_xact_lock($1)", [second]);
      });

    const outcomes = await Promise.allSettled([lockBoth(1, 2), lockBoth(2, 1)]);

    const rejected = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(rejected.map(({ reason }) => (reason as WaybillError).details)).toEqual([
      { sqlstate: "40P01", retryable: true },
    ]);
  });

  test("aborting stops a running statement at once and rolls back", async () => {
    await using database = await testDatabase();
    const scope = await scopeWithThings(database.db);
    const stop = new AbortController();
    const started = performance.now();

    const work = database.db.scoped(
      scope,
      async (tx) => {
        await tx.run("insert into things (name, kind, size) values ('a', 'x', 1)");
        void setTimeout(150).then(() => stop.abort());
        await tx.run("select pg_sleep(20)");
      },
      { signal: stop.signal },
    );

    await expect(work).rejects.toMatchObject({ kind: "cancelled" });
    expect(performance.now() - started).toBeLessThan(2_000);
    const left = await database.db.scoped(scope, (tx) => tx.rows("select name from things"));
    expect(left).toEqual([]);
  });

  test("aborting between statements rolls back although all statements succeeded", async () => {
    await using database = await testDatabase();
    const stop = new AbortController();

    const work = database.db.control(
      async (tx) => {
        await tx.run("insert into scopes values ('a', 'c_a', 'x', 'y')");
        stop.abort();
      },
      { signal: stop.signal },
    );

    await expect(work).rejects.toMatchObject({ kind: "cancelled" });
    const rows = await database.db.control((tx) => tx.rows("select key from scopes"));
    expect(rows).toEqual([]);
  });

  test("a server that goes away is unavailable, and the next transaction gets a new connection", async () => {
    await using database = await testDatabase();

    const work = database.db.control(async (tx) => {
      const { pid } = await tx.row<{ pid: number }>("select pg_backend_pid() as pid");
      await database.db.control((other) => other.run("select pg_terminate_backend($1)", [pid]));
      await tx.run("select 1");
    });

    await expect(work).rejects.toMatchObject({ kind: "unavailable" });
    const alive = await database.db.control((tx) => tx.row("select 1 as one"));
    expect(alive).toEqual({ one: 1 });
  });
});

describe("bulk", () => {
  test("copies in and out what it was given", async () => {
    await using database = await testDatabase();
    const scope = await scopeWithThings(database.db);
    const lines = Array.from({ length: 20_000 }, (_, n) => `source-${n}\tcustomers\t${n}\n`);

    const copied = await database.db.scoped(scope, (tx) =>
      tx.copyIn("copy things (name, kind, size) from stdin", lines),
    );
    const out = await database.db.scoped(scope, (tx) =>
      textOf(tx.copyOut("copy (select name, kind, size from things order by id) to stdout")),
    );

    expect(copied).toBe(20_000);
    expect(out).toBe(lines.join(""));
  });

  test("a copy whose rows are refused rolls back and names no value", async () => {
    await using database = await testDatabase();
    const scope = await scopeWithThings(database.db);

    const copying = database.db.scoped(scope, (tx) =>
      tx.copyIn("copy things (name, kind, size) from stdin", ["a\tx\tMustermann\n"]),
    );

    const error: unknown = await copying.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ sqlstate: "22P02" });
    expect(String(error)).not.toContain("Mustermann");
  });

  test("a copy whose source fails throws the source's error", async () => {
    await using database = await testDatabase();
    const scope = await scopeWithThings(database.db);
    async function* failing() {
      yield "a\tx\t1\n";
      await setTimeout(1);
      throw new Error("the file ends in the middle");
    }

    const copying = database.db.scoped(scope, (tx) =>
      tx.copyIn("copy things (name, kind, size) from stdin", failing()),
    );

    await expect(copying).rejects.toThrow("the file ends in the middle");
  });

  test("statements wait until a copy out was read, and then run", async () => {
    await using database = await testDatabase();

    const result = await database.db.control(async (tx) => {
      const text = textOf(tx.copyOut("copy (select generate_series(1, 3)) to stdout"));
      const after = tx.row("select 'after' as then");
      return [await text, await after];
    });

    expect(result).toEqual(["1\n2\n3\n", { then: "after" }]);
  });

  test("a copy out that is left before its end ends the transaction", async () => {
    await using database = await testDatabase({ poolSize: 1 });

    const leaving = database.db.control(async (tx) => {
      for await (const chunk of tx.copyOut(
        "copy (select generate_series(1, 10000000)) to stdout",
      )) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
    });

    await expect(leaving).rejects.toMatchObject({ code: "copy-abandoned" });
    const alive = await database.db.control((tx) => tx.row("select 1 as one"));
    expect(alive).toEqual({ one: 1 });
  });

  test("a failing copy out reports the database's error", async () => {
    await using database = await testDatabase();

    const failing = database.db.control((tx) =>
      textOf(tx.copyOut("copy (select 1/(3-n) from generate_series(1, 5) n) to stdout")),
    );

    await expect(failing).rejects.toMatchObject({ sqlstate: "22012" });
  });

  test("an answer that comes in many pieces is whole", async () => {
    await using database = await testDatabase();
    const sql =
      "select n, repeat(chr(97 + n % 26), 50 + n % 100) as text from generate_series(1, 20000) n";

    const rows = await database.db.control((tx) => tx.rows<{ n: number; text: string }>(sql));

    const letter = (n: number): string => String.fromCodePoint(97 + (n % 26));
    expect(rows).toEqual(
      Array.from({ length: 20_000 }, (_, at) => at + 1).map((n) => {
        return { n, text: letter(n).repeat(50 + (n % 100)) };
      }),
    );
  });

  test("a copy out gives rows, and what the server says between them goes its own way", async () => {
    await using database = await testDatabase({ poolSize: 1 });

    const [text, after] = await database.db.control(async (tx) => {
      await tx.run(`create function pg_temp.told(n int) returns text language plpgsql as
        $$begin raise notice 'row %', n; return repeat('x', n); end$$`);
      const rows = tx.copyOut(
        "copy (select pg_temp.told(n) from generate_series(1, 2000) n) to stdout",
      );
      // As a slow disk reads.
      const slowly = async function* () {
        for await (const chunk of rows) {
          await setTimeout(1);
          yield chunk;
        }
      };
      return [await textOf(slowly()), await tx.row("select 'after' as then")];
    });

    const expected = Array.from({ length: 2000 }, (_, n) => `${"x".repeat(n + 1)}\n`).join("");
    expect(text).toBe(expected);
    expect(after).toEqual({ then: "after" });
  });

  test("after a copy out that failed, its connection serves on", async () => {
    await using database = await testDatabase({ poolSize: 1 });
    for (let turn = 0; turn < 3; turn += 1) {
      const failing = database.db.control((tx) =>
        textOf(tx.copyOut("copy (select 1/(3000-n) from generate_series(1, 5000) n) to stdout")),
      );
      await expect(failing).rejects.toMatchObject({ sqlstate: "22012" });
      const alive = database.db.control((tx) => textOf(tx.copyOut("copy (select 1) to stdout")));
      expect(await alive).toBe("1\n");
    }
  });

  test("batches give every row once, in order, and may be left early", async () => {
    await using database = await testDatabase();

    const [sizes, sum, first] = await database.db.control(async (tx) => {
      const seen: number[] = [];
      let total = 0;
      const sql = "select n from generate_series(1, $1::int) n";
      for await (const rows of tx.batches<{ n: number }>(sql, [25], 10)) {
        seen.push(rows.length);
        total += rows.reduce((before, { n }) => before + n, 0);
      }
      for await (const rows of tx.batches<{ n: number }>(sql, [25], 10)) {
        return [seen, total, rows[0]];
      }
      return [seen, total, undefined];
    });

    expect(sizes).toEqual([10, 10, 5]);
    expect(sum).toBe(325);
    expect(first).toEqual({ n: 1 });
  });
});
