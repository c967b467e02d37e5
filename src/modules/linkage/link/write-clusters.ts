/** The result of a run as a file: every row as it came, with its group before it. */
import { constants } from "node:fs";
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { InvalidInputError } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { writeGroups } from "../store/records.ts";
import type { LinkedFiles } from "./link-files.ts";

/** What the column of the groups is called, when no column of the files is. */
const CLUSTER = "cluster";

/**
 * Writes a CSV file: `cluster` (the number of the group's first row, from 1; a column of that name in the
 * files makes it `cluster_id`), then the columns of the files. Whole or not at all.
 * @throws InvalidInputError when there is such a file already, or its folder does not take it
 */
export async function writeClusters(
  duck: DuckDb,
  path: string,
  { linked, signal }: { readonly linked: LinkedFiles; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { input, groups } = linked;
  const isTaken = input.columns.some(({ name }) => name.toLowerCase() === CLUSTER);
  const staged = join(duck.tempFolder, "clusters.csv");
  await writeGroups(duck, staged, {
    groups: groups.map((group) => group + 1),
    cluster: isTaken ? `${CLUSTER}_id` : CLUSTER,
    columns: input.columns,
    signal,
  });
  try {
    await copyFile(staged, path, constants.COPYFILE_EXCL);
  } catch (cause) {
    const isThere = cause instanceof Error && Reflect.get(cause, "code") === "EEXIST";
    if (!isThere) {
      await rm(path, { force: true });
    }
    throw isThere
      ? new InvalidInputError("file-exists", `there is a file ${path} already`, [], {
          hint: "name another, or remove it: nothing is overwritten",
        })
      : new InvalidInputError("file-not-writable", `the file ${path} cannot be written`, [], {
          hint: "check that its folder exists, may be written to and has room",
          cause,
        });
  } finally {
    await rm(staged, { force: true });
  }
}
