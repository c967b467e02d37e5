import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KeyScene, keyScene } from "../../../tests/protection/scene.ts";
import {
  type Handle,
  keyStatus,
  openProtection,
  type Protection,
  retireKeys,
  rotateKeys,
  shredded,
  verifyKeys,
} from "./index.ts";
import { setRewrapped } from "./store/secrets.ts";
import { findKeys, rewrapKeys } from "./store/subject-keys.ts";

const ssn = { dataset: "customers", field: "ssn" };

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

interface SealedValue {
  readonly handle: Handle;
  readonly sealed: Buffer;
}

async function sealMany(protection: Protection, count: number): Promise<SealedValue[]> {
  const handles = Array.from({ length: count }, (_, key) =>
    protection.handleOf(["c", "s", `${key}`]),
  );
  const sealer = await protection.sealer(handles);
  return handles.map((handle, key) => ({ handle, sealed: sealer.seal(handle, ssn, `${key}`) }));
}

async function openAll(
  protection: Protection,
  values: readonly SealedValue[],
): Promise<(string | symbol)[]> {
  const opener = await protection.opener(values.map(({ sealed }) => sealed));
  return values.map(({ sealed }) => opener.open(ssn, sealed));
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, key) => `${key}`);

describe("a rotation", () => {
  test("changes every key that wraps another, and no value", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const values = await sealMany(protection, 25);

    const rotation = await rotateKeys(place, { keysAtOnce: 10 });

    expect(rotation).toEqual({
      keyId: `file:${place.client}/2`,
      master: 2,
      rewrapped: 25,
      isResumed: false,
    });
    const status = await keyStatus(place);
    expect(status).toMatchObject({
      keys: [{ master: 2, keys: 25 }],
      unused: [`file:${place.client}/1`],
      isRotating: false,
    });
    expect(new Set(status.secrets.map(({ keyId }) => keyId))).toEqual(new Set([rotation.keyId]));
    expect(await openAll(await openProtection(place), values)).toEqual(numbers(25));
    expect(await openAll(protection, values)).toEqual(numbers(25));
  });

  test("goes on beside those who read, make and destroy keys", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const values = await sealMany(protection, 60);
    const doomed = values.slice(0, 5).map(({ handle }) => handle);
    let isRotating = true;
    const reads: (string | symbol)[][] = [];

    const rotating = rotateKeys(place, { keysAtOnce: 5 }).finally(() => (isRotating = false));
    const later = (async () => {
      for (let round = 0; isRotating; round += 1) {
        reads.push(await openAll(protection, values.slice(5)));
        await protection.sealer([protection.handleOf(["later", `${round}`])]);
      }
    })();
    await Promise.all([rotating, later, protection.destroy(doomed)]);

    expect(reads.length).toBeGreaterThan(0);
    expect(reads.every((read) => read.every((text, key) => text === `${key + 5}`))).toBe(true);
    expect(await openAll(protection, values)).toEqual([
      ...doomed.map(() => shredded),
      ...numbers(60).slice(5),
    ]);
    expect((await verifyKeys(place)).every(({ isSound }) => isSound)).toBe(true);
    expect((await keyStatus(place)).keys.map(({ master }) => master)).toEqual([2]);
  });

  test("that was stopped in the middle loses nothing, and goes on where it was", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const values = await sealMany(protection, 30);
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();

    const stopped = rotateKeys(place, { keysAtOnce: 10, signal: stop.signal, onProgress });
    await expect(stopped).rejects.toMatchObject({ code: "rotation-stopped" });

    expect(await keyStatus(place)).toMatchObject({
      isRotating: true,
      keys: [
        { master: 1, keys: 20 },
        { master: 2, keys: 10 },
      ],
    });
    expect(await openAll(await openProtection(place), values)).toEqual(numbers(30));
    expect(await rotateKeys(place)).toMatchObject({ master: 2, rewrapped: 20, isResumed: true });
    expect(await openAll(await openProtection(place), values)).toEqual(numbers(30));
  });

  test("done by two at once ends with every key under one master", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const values = await sealMany(protection, 40);

    await Promise.all([rotateKeys(place, { keysAtOnce: 3 }), rotateKeys(place, { keysAtOnce: 7 })]);

    expect((await keyStatus(place)).keys).toHaveLength(1);
    expect(await openAll(await openProtection(place), values)).toEqual(numbers(40));
  });

  test("whose place another one left too far on goes back for what it has passed over", async () => {
    const place = await scene.place(fresh());
    const values = await sealMany(await openProtection(place), 30);
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const stopped = rotateKeys(place, { keysAtOnce: 10, signal: stop.signal, onProgress });
    await expect(stopped).rejects.toMatchObject({ code: "rotation-stopped" });
    await place.db.scoped(place.scope, (tx) => setRewrapped(tx, "f".repeat(32)));

    expect(await rotateKeys(place)).toMatchObject({ rewrapped: 20, isResumed: true });

    expect(await openAll(await openProtection(place), values)).toEqual(numbers(30));
  });

  test("never puts an old key in the place of one that was made meanwhile", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const [value] = await sealMany(protection, 1);
    const handle = value?.handle ?? "";
    const [old] = await place.db.scoped(place.scope, (tx) => findKeys(tx, [handle]));
    await rotateKeys(place);
    await protection.destroy([handle]);
    await protection.revive([handle]);
    const sealed = (await protection.sealer([handle])).seal(handle, ssn, "new");

    const stale = { handle, master: 2, wrapped: old?.wrapped ?? Buffer.alloc(0) };
    expect(await place.db.scoped(place.scope, (tx) => rewrapKeys(tx, [stale], 2))).toBe(0);

    expect(await openAll(protection, [{ handle, sealed }])).toEqual(["new"]);
  });

  test("is refused while the old key is lost, and leaves everything as it was", async () => {
    const place = await scene.place(fresh());
    const values = await sealMany(await openProtection(place), 3);
    const file = join(scene.folder, "encryption", place.client, "1");
    renameSync(file, `${file}.lost`);

    await expect(rotateKeys(place)).rejects.toMatchObject({ code: "key-missing" });

    renameSync(`${file}.lost`, file);
    expect((await keyStatus(place)).master).toBe(1);
    expect(await openAll(await openProtection(place), values)).toEqual(numbers(3));
  });
});

test("retiring destroys the keys that wrap nothing any more, and only those", async () => {
  const place = await scene.place(fresh());
  const values = await sealMany(await openProtection(place), 3);
  expect(await retireKeys(place)).toEqual([]);
  await rotateKeys(place);

  expect(await retireKeys(place)).toEqual([`file:${place.client}/1`]);

  const folder = join(scene.folder, "encryption", place.client);
  expect([existsSync(join(folder, "1")), existsSync(join(folder, "2"))]).toEqual([false, true]);
  expect(await openAll(await openProtection(place), values)).toEqual(numbers(3));
});

describe("a verification of keys", () => {
  test("sees a destroyed key that is there again", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    const [value] = await sealMany(protection, 1);
    const handle = value?.handle ?? "";
    const row = await place.db.scoped(place.scope, (tx) =>
      tx.row<{ wrapped: Buffer }>("select wrapped from _subject_keys"),
    );
    await protection.destroy([handle]);
    await place.db.scoped(place.scope, (tx) =>
      tx.run("insert into _subject_keys (handle, master, wrapped) values ($1, 1, $2)", [
        handle,
        row.wrapped,
      ]),
    );

    const findings = await verifyKeys(place);

    expect(findings.filter(({ isSound }) => !isSound)).toEqual([
      { what: "1 of 1 destroyed keys are there", isSound: false },
    ]);
  });

  test("refuses the key of one subject under the handle of another", async () => {
    const place = await scene.place(fresh());
    const values = await sealMany(await openProtection(place), 2);
    const [first, second] = values.map(({ handle }) => handle);
    await place.db.scoped(place.scope, (tx) =>
      tx.run(
        `update _subject_keys set wrapped = (select wrapped from _subject_keys where handle = $1)
          where handle = $2`,
        [first ?? "", second ?? ""],
      ),
    );

    await expect(verifyKeys(place)).rejects.toMatchObject({ code: "subject-key-refused" });
  });

  test("finds a missing line of the journal", async () => {
    const place = await scene.place(fresh());
    const protection = await openProtection(place);
    await protection.destroy([protection.handleOf(["c", "s", "1"])]);
    expect(readFileSync(place.journal.path, "utf8")).toMatch(/^destroyed [0-9a-f]{32} 2026/u);
    rmSync(place.journal.path);

    const findings = await verifyKeys(place);

    expect(findings.filter(({ isSound }) => !isSound).map(({ what }) => what)).toEqual([
      "1 of 0 lines of the journal were carried out",
    ]);
  });
});
