import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KeyScene, keyScene } from "../../../tests/protection/scene.ts";
import { testDatabase, testScope } from "../../../tests/support/database.ts";
import { replayJournal } from "./destruction.ts";
import { fileKeyring, type KeyPlace, openProtection, shredded } from "./index.ts";
import { forbidKeys } from "./store/journal-lines.ts";
import { readState } from "./store/secrets.ts";

let scene: KeyScene;
let clients = 0;

beforeAll(async () => {
  scene = await keyScene();
});

afterAll(() => scene[Symbol.asyncDispose]());

/** The key of a client that no other test has. */
function fresh(): string {
  clients += 1;
  return `client-${clients}`;
}

const ssn = { dataset: "customers", field: "ssn" };

/** Everything in a client's schema of the key database, but for what says which version made it. */
async function keyRows({ db, scope }: KeyPlace): Promise<string[]> {
  return await db.scoped(scope, async (tx) => {
    const rows = await tx.rows<{ row: string }>(
      `select s::text as row from _secrets as s union all select k::text from _subject_keys as k
       union all select j::text from _journal as j union all select d::text from _destroyed as d`,
    );
    return rows.map(({ row }) => row);
  });
}

/** Forgets what happened in the key database since: as a restored backup of it does. */
async function restore({ db, scope }: KeyPlace, snapshot: () => Promise<void>): Promise<void> {
  await db.scoped(scope, async (tx) => {
    await tx.run("delete from _journal");
    await tx.run("delete from _destroyed");
    await tx.run("update _state set lines = 0");
  });
  await snapshot();
}

async function subjectKeys({ db, scope }: KeyPlace): Promise<() => Promise<void>> {
  const rows = await db.scoped(scope, (tx) =>
    tx.rows<{ handle: string; master: number; wrapped: Buffer }>(
      "select handle::text, master, wrapped from _subject_keys",
    ),
  );
  return async () => {
    await db.scoped(scope, async (tx) => {
      for (const { handle, master, wrapped } of rows) {
        await tx.run(
          "insert into _subject_keys (handle, master, wrapped) values ($1, $2, $3) on conflict do nothing",
          [handle, master, wrapped],
        );
      }
    });
  };
}

describe("a client's protection", () => {
  test("opens what another process sealed, and gives the same value the same bytes", async () => {
    const place = await scene.place(fresh());
    const first = await openProtection(place);
    const anna = first.handleOf(["customers", "crm", "1"]);
    const sealed = (await first.sealer([anna])).seal(anna, ssn, "078-05-1120");

    const second = await openProtection(place);

    expect((await second.opener([sealed, null])).open(ssn, sealed)).toBe("078-05-1120");
    expect((await second.sealer([anna])).seal(anna, ssn, "078-05-1120")).toEqual(sealed);
    expect(second.handleOf(["customers", "crm", "1"])).toBe(anna);
    expect(second.blindIndex(ssn, "078-05-1120")).toEqual(sealed.subarray(0, 16));
    expect(second.keyedHash("row", "a")).toEqual(first.keyedHash("row", "a"));
  });

  test("made by several processes at once is one and the same", async () => {
    const place = await scene.place(fresh());

    const opened = await Promise.all([1, 2, 3, 4].map(() => openProtection(place)));

    const handles = opened.map((one) => one.handleOf(["customers", "crm", "1"]));
    expect(new Set(handles).size).toBe(1);
    const handle = handles[0] ?? "";
    const sealers = await Promise.all(opened.map((one) => one.sealer([handle])));
    const sealed = sealers.map((sealer) => sealer.seal(handle, ssn, "1").toString("hex"));
    expect(new Set(sealed).size).toBe(1);
  });

  test("leaves nothing of a value and no usable key in the key database", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const handle = protection.handleOf(["customers", "crm", "anna-4711"]);
    const [secret] = await protection.secretsOf([handle], "ledger");
    const sealer = await protection.sealer([handle]);
    sealer.seal(handle, ssn, "078-05-1120");

    const text = (await keyRows(place)).join("\n");

    expect(text).not.toContain("anna");
    expect(text).not.toContain("078-05");
    expect(text).not.toContain(secret?.toString("hex"));
    const kek = readFileSync(join(scene.folder, "encryption", place.client, "1"), "utf8").trim();
    expect(text).not.toContain(kek);
  });

  test("of one client opens nothing of another's", async () => {
    const acme = await openProtection(await scene.place(fresh()));
    const bank = await openProtection(await scene.place(fresh()));
    const handle = acme.handleOf(["customers", "crm", "1"]);
    const sealed = (await acme.sealer([handle])).seal(handle, ssn, "1");

    const opener = await bank.opener([sealed]);

    expect(() => opener.open(ssn, sealed)).toThrow("is not in the key database");
    expect(bank.handleOf(["customers", "crm", "1"])).not.toBe(handle);
    expect(bank.blindIndex(ssn, "1")).not.toEqual(acme.blindIndex(ssn, "1"));
  });

  test("is refused when the key-encryption key is lost, is another one, or may be read by others", async () => {
    const place = await scene.place(fresh());
    await openProtection(place);
    const file = join(scene.folder, "encryption", place.client, "1");
    const key = readFileSync(file, "utf8");

    rmSync(file);
    const lost = openProtection(place);
    await expect(lost).rejects.toMatchObject({ code: "key-missing" });
    await expect(lost).rejects.toThrow(`file:${place.client}/1`);

    writeFileSync(file, `${"0".repeat(64)}\n`, { mode: 0o600 });
    const wrong = openProtection(place);
    await expect(wrong).rejects.toMatchObject({ code: "key-wrong" });
    await expect(wrong).rejects.toThrow(`file:${place.client}/1`);

    writeFileSync(file, key, { mode: 0o600 });
    await expect(openProtection(place)).resolves.toMatchObject({ client: place.client });
  });
});

describe("destroying keys", () => {
  test("shreds every copy of what was sealed under them, and nothing else", async () => {
    const protection = await openProtection(await scene.place(fresh()));
    const [anna, ben] = ["1", "2"].map((key) => protection.handleOf(["customers", "crm", key]));
    const handles = [anna ?? "", ben ?? ""];
    const sealer = await protection.sealer(handles);
    const values = handles.map((handle) => sealer.seal(handle, ssn, "1"));
    const document = sealer.sealBytes(handles[0] ?? "", "quarantine", Buffer.from("a row"));

    const done = await protection.destroy([handles[0] ?? ""]);

    expect(done).toEqual({ destroyed: 1, absent: 0 });
    const opener = await protection.opener([...values, document]);
    expect(values.map((value) => opener.open(ssn, value))).toEqual([shredded, "1"]);
    expect(opener.openBytes("quarantine", document)).toBe(shredded);
    expect(await protection.destroy([handles[0] ?? ""])).toEqual({ destroyed: 0, absent: 1 });
    expect(await protection.secretsOf(handles, "ledger")).toEqual([undefined, expect.any(Buffer)]);
  });

  test("means that what arrives later is sealed under a key that nobody keeps", async () => {
    const protection = await openProtection(await scene.place(fresh()));
    const handle = protection.handleOf(["customers", "crm", "1"]);
    await protection.destroy([handle]);

    const sealer = await protection.sealer([handle]);
    const sealed = sealer.seal(handle, ssn, "1");

    expect(sealer.isDestroyed(handle)).toBe(true);
    expect((await protection.opener([sealed])).open(ssn, sealed)).toBe(shredded);
  });

  test("can be taken back for the future alone", async () => {
    const protection = await openProtection(await scene.place(fresh()));
    const handle = protection.handleOf(["customers", "crm", "1"]);
    const before = (await protection.sealer([handle])).seal(handle, ssn, "1");
    await protection.destroy([handle]);

    expect(await protection.revive([handle])).toBe(1);

    const after = (await protection.sealer([handle])).seal(handle, ssn, "1");
    const opener = await protection.opener([before, after]);
    expect([opener.open(ssn, before), opener.open(ssn, after)]).toEqual([shredded, "1"]);
  });

  test("holds while others make keys at the same time: a destroyed handle never has one", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const handles = Array.from({ length: 60 }, (_, key) =>
      protection.handleOf(["c", "s", `${key}`]),
    );

    await Promise.all(
      handles.flatMap((handle) => [protection.sealer([handle]), protection.destroy([handle])]),
    );

    const left = await place.db.scoped(place.scope, (tx) =>
      tx.row<{ keys: bigint }>("select count(*) as keys from _subject_keys"),
    );
    expect(left.keys).toBe(0n);
    expect(await place.journal.length()).toBe(60);
  });

  test("makes whoever wants a key at that moment wait, and then go without", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const handle = protection.handleOf(["customers", "crm", "1"]);
    const destroying = Promise.withResolvers<void>();
    const isHeld = Promise.withResolvers<void>();
    const destruction = place.db.scoped(place.scope, async (tx) => {
      await readState(tx, "update");
      isHeld.resolve();
      await destroying.promise;
      await forbidKeys(tx, [handle]);
    });
    await isHeld.promise;

    const sealing = protection.sealer([handle]);
    // Time enough to make a key, if nobody stopped it.
    await new Promise((resolve) => setTimeout(resolve, 300));
    destroying.resolve();

    await destruction;
    expect((await sealing).isDestroyed(handle)).toBe(true);
  });

  test("survives a restored backup of the key database: the journal is carried out on opening", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const handle = protection.handleOf(["customers", "crm", "1"]);
    const sealed = (await protection.sealer([handle])).seal(handle, ssn, "1");
    const backup = await subjectKeys(place);
    await protection.destroy([handle]);
    await restore(place, backup);
    expect((await protection.opener([sealed])).open(ssn, sealed)).toBe("1");

    const reopened = await openProtection(place);

    expect((await reopened.opener([sealed])).open(ssn, sealed)).toBe(shredded);
  });

  test("survives the loss of the journal's file, and the half line that a crash leaves", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const handles = ["1", "2", "3"].map((key) => protection.handleOf(["customers", "crm", key]));
    await protection.destroy(handles);
    const journal = readFileSync(place.journal.path);

    truncateSync(place.journal.path, journal.length - 20);
    await openProtection(place);
    expect(readFileSync(place.journal.path)).toEqual(journal);

    rmSync(place.journal.path);
    await openProtection(place);
    expect(readFileSync(place.journal.path)).toEqual(journal);
  });

  test("is replayed from another machine's journal, and what was revived since stays", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const [gone, back] = ["1", "2"].map((key) => protection.handleOf(["customers", "crm", key]));
    const handles = [gone ?? "", back ?? ""];
    await protection.sealer(handles);
    await protection.destroy(handles.slice(1));
    scene.clock.set(new Date("2026-11-23T08:00:00Z"));
    await protection.revive(handles.slice(1));
    await protection.sealer(handles);
    const others = handles.map((handle) => ({
      kind: "destroyed" as const,
      handle,
      notedAt: "2026-11-22T09:00:00.000Z",
    }));

    expect(await replayJournal(place, others)).toEqual({ added: 1, removed: 1 });
    expect(await replayJournal(place, others)).toEqual({ added: 0, removed: 0 });
  });

  test("is refused where the journal's file holds something else", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    await protection.destroy([protection.handleOf(["customers", "crm", "1"])]);
    writeFileSync(place.journal.path, "x".repeat(2 * 68));

    await expect(openProtection(place)).rejects.toMatchObject({ code: "key-journal-unreadable" });
  });
});

test("a key that was lost and not destroyed is never taken for an erasure", async () => {
  const place = await scene.place(fresh());
  const protection = await openProtection(place);
  const handle = protection.handleOf(["customers", "crm", "1"]);
  const sealed = (await protection.sealer([handle])).seal(handle, ssn, "1");
  await place.db.scoped(place.scope, (tx) => tx.run("delete from _subject_keys"));

  const opener = await protection.opener([sealed]);

  expect(() => opener.open(ssn, sealed)).toThrow(
    expect.objectContaining({ code: "subject-key-missing" }),
  );
});

test("a client's data role cannot see the keys of another, nor does a data schema take keys", async () => {
  const acme = await scene.place(fresh());
  const bank = await scene.place(fresh());
  await openProtection(bank);

  const peek = acme.db.scoped(acme.scope, (tx) =>
    tx.rows(`select handle from ${bank.scope.schema}._subject_keys`),
  );

  await expect(peek).rejects.toMatchObject({ kind: "forbidden" });
  await using data = await testDatabase();
  const scope = await testScope(data.db);
  const mixed = openProtection({
    ...acme,
    db: data.db,
    scope,
    encryption: fileKeyring(scene.folder),
  });
  await expect(mixed).rejects.toThrow("_secrets");
});
