/**
 * Where plaintext could rest that no query shows: the files of the server with its log and its write-ahead
 * log, the data directory beside them, what a killed process leaves behind.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { getClient } from "../../src/modules/contracts/index.ts";
import { openDatabase, startEmbedded } from "../../src/platform/postgres/index.ts";
import { type Ended, runWaybill, startWaybill } from "../end-to-end/waybill-process.ts";
import { CLEAR_CONTRACT, clinicContract, SENSITIVE, writeClinic } from "./clinic.ts";

/** In every sensitive value of these files, and in no word of anything else. */
const MARK = "QZXW";

/** Rows that are read in several batches. */
const ROWS = 12_000;

const HEAD = "pid,ward,name,passport,diagnosis\n";

function row(n: number, diagnosis: string): string {
  return `${MARK}-P${n},w${n % 7},Name ${n},${MARK}${n},${diagnosis}\n`;
}

/** Files below a folder whose bytes hold the mark. */
async function filesWithMark(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (await readFile(path)).includes(MARK)) {
      found.push(path.slice(folder.length + 1));
    }
  }
  return found.toSorted();
}

/** Resolves when the clinic's first intake has rows in its staging table. */
async function stagedRows(url: string): Promise<void> {
  await using db = await openDatabase({ url });
  const { scope } = await getClient(db, "clinic");
  const sql = `select coalesce((select c.relpages > 0 or pg_relation_size(c.oid) > 0
                                  from pg_catalog.pg_class c where c.relname = '_stage_1'), false) as staged`;
  while (!(await db.scoped(scope, (tx) => tx.row<{ staged: boolean }>(sql))).staged) {
    await setTimeout(20);
  }
}

/** A data directory with the embedded server on it, and the clinic's folder beside it. */
async function scene(stack: AsyncDisposableStack) {
  const folder = await mkdtemp(join(tmpdir(), "waybill-rest-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const data = join(folder, "data");
  await mkdir(data);
  const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };
  const server = await startEmbedded({ dataDir: data, settings });
  stack.defer(() => server.stop());
  const run = (...args: string[]): Promise<Ended> => runWaybill([...args, "--json"], { data });
  const apply = async (contract: string): Promise<void> => {
    await writeClinic(join(folder, "clinic"), contract);
    expect(await run("apply", join(folder, "clinic"))).toMatchObject({ code: 0 });
  };
  return { folder, data, server, run, apply };
}

test("values of sealed fields are in no file: not of the server, and not where an import was killed", async () => {
  await using stack = new AsyncDisposableStack();
  const { folder, data, server, run, apply } = await scene(stack);
  await apply(clinicContract(SENSITIVE));
  const rows = Array.from({ length: ROWS }, (_, n) => row(n, `${MARK} ill`));
  const killed = startWaybill(["import", "clinic", "patients", "-", "--source", "register"], {
    data,
    stdin: "open",
  });
  killed.write(HEAD + rows.join(""));
  // Its input is open: it has staged what there was, and waits for more.
  await stagedRows(server.url);
  killed.kill("SIGKILL");
  await killed.ended;
  expect(await filesWithMark(data)).toEqual([]);

  const file = join(folder, "register.csv");
  await writeFile(file, `${HEAD}${rows.slice(0, 2_000).join("")}${row(1, "x").replace("w1", "")}`);
  const first = await run("import", "clinic", "patients", file, "--source", "register");
  await writeFile(file, HEAD + rows.slice(0, 500).join("").replaceAll(" ill", " well"));
  const second = await run("import", "clinic", "patients", file, "--source", "register");

  expect(JSON.parse(first.stdout)).toMatchObject({ accepted: 2_000, quarantined: 1 });
  expect(JSON.parse(second.stdout)).toMatchObject({ changed: 500 });
  expect(await run("keys", "verify", "clinic")).toMatchObject({ code: 0 });
  await server.stop();
  expect(await filesWithMark(data)).toEqual([]);
}, 120_000);

test("sealing what lay in clear leaves nothing of it in the tables' files", async () => {
  await using stack = new AsyncDisposableStack();
  const { folder, data, server, run, apply } = await scene(stack);
  await apply(CLEAR_CONTRACT);
  const file = join(folder, "register.csv");
  const rows = Array.from({ length: 1_000 }, (_, n) => row(n, `${MARK} ill`));
  await writeFile(file, `${HEAD}${rows.join("")}${row(1, "x").replace("w1", "")}`);
  expect(await run("import", "clinic", "patients", file, "--source", "register")).toMatchObject({
    code: 0,
  });
  await writeFile(file, HEAD + rows.join("").replaceAll(" ill", " well"));
  await run("import", "clinic", "patients", file, "--source", "register");

  await apply(clinicContract(SENSITIVE, "2.0.0"));

  await server.stop();
  // Two places are the server's own, and it uses them again in its time: the write-ahead log, and what its
  // statistics (pg_statistic, 2619) said of the columns before.
  const left = (await filesWithMark(join(data, "cluster"))).filter(
    (path) => !/pg_wal|base\/\d+\/2619$/.test(path),
  );
  expect(left).toEqual([]);
}, 120_000);
