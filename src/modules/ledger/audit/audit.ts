/**
 * Audits a published ledger: works the whole tree out from its entries and compares it with what the
 * checkpoint says. Needs the folder and the operator's key, nothing else.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Checkpoint, parseCheckpoint } from "../formats/checkpoint.ts";
import { bundlePath, unpackBundle } from "../formats/tile-files.ts";
import { CompactRange } from "../merkle/compact-range.ts";
import { leafHash } from "../merkle/hashing.ts";
import { TILE_WIDTH } from "../merkle/tiles.ts";
import {
  checkpointChecks,
  judge,
  judgeContinuation,
  type LedgerCheck,
  type LedgerTrust,
  type LedgerVerification,
} from "./verify.ts";

/**
 * Judges a folder that `publishTo` has filled, or any other in the form of c2sp.org/tlog-tiles.
 * @param earlier a checkpoint that the reader has kept
 */
export async function auditFolder(
  folder: string,
  trust: LedgerTrust,
  earlier?: string,
): Promise<LedgerVerification> {
  const text = await readFile(join(folder, "checkpoint"), "utf8").catch(() => "");
  const checkpoint = parseCheckpoint(text);
  if (checkpoint === undefined) {
    const detail = "the folder has no readable file 'checkpoint'";
    return { ok: false, checks: [{ name: "document", outcome: "failed", detail }] };
  }
  const kept = earlier === undefined ? undefined : parseCheckpoint(earlier);
  const roots = await rootsOf(folder, checkpoint.size, kept?.size);
  const checks = [
    judge("document", true, [`a ledger of ${checkpoint.size} entries`, ""]),
    ...checkpointChecks(checkpoint, trust),
    wholeCheck(checkpoint, roots),
    ...(earlier === undefined
      ? []
      : [
          judgeContinuation({ earlier: kept, checkpoint, trust }, ({ root }) => {
            return roots.earlierRoot?.equals(root) === true;
          }),
        ]),
  ];
  return { ok: checks.every(({ outcome }) => outcome !== "failed"), checks, checkpoint };
}

/** Roots worked out from the entries: of all, and of the earlier size. */
interface Roots {
  readonly root?: Buffer | undefined;
  readonly earlierRoot?: Buffer | undefined;
  /** The first file that is missing or is none. */
  readonly unreadable?: string | undefined;
}

async function rootsOf(folder: string, size: number, earlier: number | undefined): Promise<Roots> {
  const tree = new CompactRange();
  let earlierRoot = earlier === 0 ? tree.root() : undefined;
  for (let tile = 0; tile * TILE_WIDTH < size; tile += 1) {
    const width = Math.min(TILE_WIDTH, size - tile * TILE_WIDTH);
    const path = bundlePath(tile, width);
    const bundle = await readFile(join(folder, path)).catch(() => undefined);
    const entries = bundle === undefined ? undefined : unpackBundle(bundle);
    if (entries?.length !== width) {
      return { earlierRoot, unreadable: path };
    }
    for (const entry of entries) {
      tree.append(leafHash(entry));
      earlierRoot = tree.size === earlier ? tree.root() : earlierRoot;
    }
  }
  return { root: tree.root(), earlierRoot };
}

function wholeCheck({ root, size }: Checkpoint, { root: found, unreadable }: Roots): LedgerCheck {
  return judge("inclusion", found?.equals(root) === true, [
    `the ${size} entries are those that the checkpoint is about`,
    unreadable === undefined
      ? "the entries are not those that the checkpoint is about"
      : `${unreadable} is missing, cut short or altered`,
  ]);
}
