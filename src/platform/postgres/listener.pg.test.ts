import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { testDatabase } from "../../../tests/support/database.ts";

/** Resolves when it has been called so many times. */
function counter(): {
  readonly call: () => void;
  readonly reached: (times: number) => Promise<void>;
} {
  let calls = 0;
  let told = (): void => {};
  return {
    call: () => {
      calls++;
      told();
    },
    async reached(times) {
      while (calls < times) {
        await new Promise<void>((resolve) => (told = resolve));
      }
    },
  };
}

test("a listener hears what committed transactions tell, and nothing of those rolled back", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const [heard, connected, notices] = [[] as string[], counter(), counter()];
  await using _listening = db.listen({
    channel: "news",
    onConnected: connected.call,
    onNotice: (text) => {
      heard.push(text);
      notices.call();
    },
  });
  await connected.reached(1);

  await db.control((tx) => tx.run("select pg_notify('news', $1)", ["first"]));
  await expect(
    db.control(async (tx) => {
      await tx.run("select pg_notify('news', 'never')");
      throw new Error("rolled back");
    }),
  ).rejects.toThrow("rolled back");
  await db.control((tx) =>
    tx.run("select pg_notify('news', 'second'), pg_notify('other', 'else')"),
  );

  await notices.reached(2);
  await setImmediate();
  expect(heard).toEqual(["first", "second"]);
});

test("a listener whose connection was ended connects again and says so", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const [connected, notices] = [counter(), counter()];
  const heard: string[] = [];
  await using _listening = db.listen({
    channel: "news",
    onConnected: connected.call,
    onNotice: (text) => {
      heard.push(text);
      notices.call();
    },
  });
  await connected.reached(1);

  await db.control((tx) =>
    tx.run(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()",
    ),
  );
  await connected.reached(2);
  await db.control((tx) => tx.run("select pg_notify('news', 'again')"));

  await notices.reached(1);
  expect(heard).toEqual(["again"]);
});
