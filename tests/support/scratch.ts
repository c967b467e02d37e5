/** Where tests put what is written much and soon thrown away: databases. */
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";

const MEMORY = "/dev/shm";
/** A run holds some hundred megabytes at once. Containers often have 64 MB there, which would not do. */
const LEAST_FREE_BYTES = 4 * 1024 ** 3;

/** The folders that a run may have chosen. */
export const SCRATCH_PARENTS: readonly string[] = [MEMORY, tmpdir()];

/**
 * A folder in memory where there is room, else the system's for temporary files. A database that is cloned
 * in memory takes 0.03 s of processor time, on a disk 0.3 s, though nothing is synchronised there either.
 */
export async function scratchParent(): Promise<string> {
  const free = await statfs(MEMORY).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free < LEAST_FREE_BYTES ? tmpdir() : MEMORY;
}
