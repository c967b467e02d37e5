/**
 * Everything at once, and killed: `node tests/segments/kill-soak.ts [--minutes N] [--seed N]`, by default
 * 30 minutes. A server follows while commands import, edit, roll back, pin and resolve; server and
 * commands are killed at random moments and started again. In the end everything stored is compared with
 * a full evaluation; ends with 1 when anything differs, is missing, or was set aside.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { generate } from "../../src/entry/generator/index.ts";
import { Random } from "../../src/entry/generator/random.ts";
import { FixedClock, must } from "../../src/kernel/index.ts";
import { getClient } from "../../src/modules/contracts/index.ts";
import { followClient, segmentHealth } from "../../src/modules/segments/index.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { openDatabase, startEmbedded } from "../../src/platform/postgres/index.ts";
import { soundness } from "../end-to-end/client-state.ts";
import { type Ended, examples, type Started, startWaybill } from "../end-to-end/waybill-process.ts";
import { brokenHistories, evaluatedMemberships, storedMemberships } from "./standing.ts";

const CLIENT = "freight";
const FILES = [
  ["accounts", "accounts.csv"],
  ["customers", "contacts.csv"],
  ["shipments", "shipments.csv"],
  ["tickets", "tickets.csv"],
  ["calls", "calls.csv"],
] as const;
const CUSTOMERS = 300;
const DAY_MS = 86_400_000;

/** 0: done; the others: refused with reasons, as a pin of nobody is. */
const ANSWERS = [0, 2, 3, 4, 5];
const COMMAND_KILLED = 0.4;
const SERVER_KILLED = 0.25;
const MOST_KILL_MS = 4_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    seed: { type: "string", default: "1" },
  },
});
const minutes = Number(values.minutes);
const random = new Random(Number(values.seed), 1);
const counts = { done: 0, refused: 0, commandsKilled: 0, serversKilled: 0 };
const problems: string[] = [];

const segments = (await readdir(join(examples, CLIENT, "segments"))).map((file) =>
  file.replace(/\.yaml$/u, ""),
);

const data = await mkdtemp(join(tmpdir(), "waybill-soak-"));
const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };
const embedded = await startEmbedded({ dataDir: data, settings });
try {
  await toEnd(["apply", join(examples, CLIENT)]);
  await importSome(CUSTOMERS);
  let server = serve();
  const until = performance.now() + minutes * 60_000;
  for (let turn = 1; performance.now() < until && problems.length === 0; turn++) {
    await anything();
    if (random.chance(SERVER_KILLED)) {
      server = await serveAnew(server);
    }
    if (turn % 20 === 0) {
      console.log(`${turn} turns: ${JSON.stringify(counts)}`);
    }
  }
  server.kill("SIGTERM");
  await server.ended;
  await toEnd(["segment", "apply", CLIENT]);
  await compareAll();
} finally {
  await embedded.stop();
  await rm(data, { recursive: true, force: true });
}
for (const problem of problems) {
  console.log(problem);
}
const end = problems.length === 0 ? "nothing lost, doubled or wrong" : "BROKEN";
console.log(`seed ${values.seed}: ${JSON.stringify(counts)}, ${end}`);
process.exitCode = problems.length === 0 ? 0 : 1;

function pick<T>(from: readonly T[]): T {
  return must(from[random.integer(0, from.length - 1)], "there is something to pick");
}

function serve(): Started {
  return startWaybill(["serve", "--port", "0"], { data, env: { WAYBILL_LOG_LEVEL: "warn" } });
}

/** Half of the servers are killed, the others asked to leave. */
async function serveAnew(server: Started): Promise<Started> {
  const isKilled = random.chance(0.5);
  counts.serversKilled += Number(isKilled);
  server.kill(isKilled ? "SIGKILL" : "SIGTERM");
  note("serve", await server.ended);
  return serve();
}

async function anything(): Promise<void> {
  const acts = [
    () => importSome(random.integer(50, CUSTOMERS)),
    edit,
    edit,
    () => maybeKilled(["segment", "rollback", CLIENT, pick(segments)]),
    pin,
    pin,
    () => maybeKilled(["resolve", CLIENT]),
  ];
  await pick(acts)();
}

/** The files of some customers as another seed makes them: most records are known, and change. */
async function importSome(customers: number): Promise<void> {
  const out = join(data, "files");
  const until = new Date(systemClock.now().getTime() + 2 * DAY_MS);
  await generate({ client: CLIENT, customers, seed: random.integer(1, 1_000), out, until });
  for (const [dataset, file] of FILES) {
    await maybeKilled(["import", CLIENT, dataset, join(out, file)]);
  }
}

/** A segment gets the criteria of another one of its subject, or its own again. */
async function edit(): Promise<void> {
  const name = pick(segments);
  const body = await readFile(join(examples, CLIENT, "segments", `${name}.yaml`), "utf8");
  const subjectOf = (text: string): string => /^subject: .*$/mu.exec(text)?.[0] ?? "";
  const others = await Promise.all(
    segments.map((other) => readFile(join(examples, CLIENT, "segments", `${other}.yaml`), "utf8")),
  );
  const like = pick(others.filter((other) => subjectOf(other) === subjectOf(body)));
  const file = join(data, `${name}.yaml`);
  await writeFile(file, like.replace(/^segment: .*$/mu, `segment: ${name}`));
  await maybeKilled(["segment", "apply", CLIENT, file]);
}

async function pin(): Promise<void> {
  const member = String(random.integer(1, 3_000));
  const how = random.chance(0.5) ? "--in" : "--out";
  const until = new Date(systemClock.now().getTime() + random.integer(5_000, 60_000));
  const expiry = random.chance(0.5) ? ["--until", until.toISOString()] : [];
  await maybeKilled(["segment", "pin", CLIENT, pick(segments), member, how, ...expiry]);
}

async function maybeKilled(args: readonly string[]): Promise<void> {
  const running = startWaybill(args, { data });
  if (random.chance(COMMAND_KILLED)) {
    const killed = await Promise.race([
      setTimeout(random.integer(200, MOST_KILL_MS), true),
      running.ended.then(() => false),
    ]);
    counts.commandsKilled += Number(killed);
    running.kill("SIGKILL");
  }
  note(args.join(" "), await running.ended);
}

async function toEnd(args: readonly string[]): Promise<void> {
  note(args.join(" "), await startWaybill(args, { data }).ended);
}

/** Whoever ends otherwise than by a signal has an answer. */
function note(what: string, { code, stdout, stderr }: Ended): void {
  if (code === null) {
    return;
  }
  counts.done += Number(code === 0);
  counts.refused += Number(code !== 0);
  if (!ANSWERS.includes(code)) {
    problems.push(`${what} ended with ${code}: ${stderr}${stdout}`);
  }
}

async function compareAll(): Promise<void> {
  await using db = await openDatabase({ url: embedded.url, applicationName: "soak" });
  const { scope, catalogue } = await getClient(db, CLIENT);
  const client = { db, scope, catalogue };
  const clock = new FixedClock(systemClock.now());
  await followClient(client, { clock });
  const stored = await storedMemberships(client);
  const { memberships, checks } = await evaluatedMemberships(client, clock.now());
  for (const [name, members] of Object.entries(memberships)) {
    if (!isDeepStrictEqual(stored[name], members)) {
      const [is, shouldBe] = [stored[name]?.length, members.length];
      problems.push(`${name} has ${is} members, of which there should be ${shouldBe}`);
    }
  }
  const { behind, parked, unreadable, alarm } = await segmentHealth(client);
  const { changeGaps, orphans } = await soundness(db, CLIENT);
  const broken = await brokenHistories(client);
  const wrong = {
    behind: Number(behind),
    parked: parked.length,
    unreadable: unreadable.length,
    repaired: Number(alarm?.different ?? 0),
    changeGaps,
    orphans,
    broken,
    missing: Object.keys(stored).length - Object.keys(memberships).length,
  };
  console.log(`${checks} memberships compared: ${JSON.stringify(wrong)}`);
  problems.push(
    ...Object.entries(wrong)
      .filter(([, count]) => count !== 0)
      .map(([what, count]) => `${what}: ${count}`),
  );
}
