/**
 * A small project in a temporary folder, for tests that plant a violation and demand that a gate sees
 * it. It borrows the project's packages and tools by symbolic links.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The project's folder, absolute. */
export const projectRoot = dirname(dirname(import.meta.dirname));

/** Lives until disposed. */
export interface PlantedTree extends Disposable {
  /** The tree's folder, absolute. */
  readonly root: string;
}

/**
 * Writes the files (path → content) and links each of `borrowed`, a path of this project, to the same
 * path of the tree.
 */
export function plantTree(
  files: Readonly<Record<string, string>>,
  borrowed: readonly string[],
): PlantedTree {
  const root = mkdtempSync(join(tmpdir(), "waybill-planted-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  for (const path of borrowed) {
    symlinkSync(join(projectRoot, path), join(root, path));
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}
