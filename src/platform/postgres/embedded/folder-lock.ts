import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { UnavailableError } from "../../../kernel/index.ts";
import { identityFrom, identityText, isRunning, ownIdentity } from "./process-identity.ts";

const pollMs = 25;
const patienceMs = 120_000;

/**
 * Runs `work` while no other process (and no other call in this one) does so in the same folder.
 * The lock is a file that names its holder; a holder that no longer runs is recognised by its start
 * time, so a lock left by `kill -9` holds nobody up.
 * @throws UnavailableError when another process holds the lock for two minutes
 */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = join(folder, "lock");
  const claim = join(folder, `lock.${randomUUID()}`);
  await writeFile(claim, identityText(ownIdentity()), { mode: 0o600 });
  try {
    await take(lock, claim);
  } finally {
    await rm(claim, { force: true });
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string, claim: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pollMs) {
    // A hard link appears at once and with its content, unlike a file that is created and then written.
    if (await linked(claim, lock)) {
      return;
    }
    await breakIfStale(lock);
    await setTimeout(pollMs);
  }
  throw new UnavailableError("embedded-locked", `another process holds ${lock}`, {
    hint: "wait until it has started or stopped the database, or end it",
  });
}

/**
 * Moves the lock aside before judging it for good: of several that find it stale one alone gets the
 * file, and one that took a fresh lock by mistake puts it back.
 */
async function breakIfStale(lock: string): Promise<void> {
  if (!(await isStale(lock))) {
    return;
  }
  const aside = `${lock}.${randomUUID()}`;
  const moved = await rename(lock, aside).then(
    () => true,
    () => false,
  );
  if (moved && !(await isStale(aside))) {
    await linked(aside, lock);
  }
  await rm(aside, { force: true });
}

async function isStale(file: string): Promise<boolean> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  const holder = text === undefined ? undefined : identityFrom(text);
  return text !== undefined && (holder === undefined || !isRunning(holder));
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch {
    return false;
  }
}
