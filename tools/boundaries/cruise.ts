/**
 * Looks at who imports whom. A cruise that sees no files reports no violations either, so what it saw
 * is compared with what lies on the disk.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { cruise as runCruise } from "dependency-cruiser";
import extractTsConfig from "dependency-cruiser/config-utl/extract-ts-config";
import config from "../../.dependency-cruiser.mjs";

/** One import that a rule forbids. */
export interface Violation {
  readonly rule: string;
  /** Path of the importing file, relative to the tree's root. */
  readonly from: string;
  /** What it imports: a path, a package or a module of Node. */
  readonly to: string;
  /** What to do instead. */
  readonly advice: string;
}

/** What a cruise saw. */
export interface Cruise {
  readonly violations: readonly Violation[];
  /** Source files the cruise has read. */
  readonly cruised: number;
  /** Source files on the disk; fewer cruised than these means the cruise is blind. */
  readonly onDisk: number;
}

const folders = ["src", "tests", "bench", "tools"];

/** The names of all rules, for tests that demand one violation of each. */
export const ruleNames: readonly string[] = config.forbidden.map(({ name }) => name ?? "");

/**
 * Cruises the source folders of the tree at `root`.
 * @throws Error when dependency-cruiser cannot read the tree
 */
export async function cruise(root: string): Promise<Cruise> {
  const files = folders
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }))
    .toSorted();
  const { tsConfig, ...options } = config.options;
  const { output } = await runCruise(
    files,
    { ...options, baseDir: root, ruleSet: { forbidden: config.forbidden }, validate: true },
    options.enhancedResolveOptions,
    { tsConfig: extractTsConfig(join(root, tsConfig.fileName)) },
  );
  if (typeof output === "string") {
    throw new TypeError("dependency-cruiser returned text where a result was expected");
  }
  const sources = output.modules.filter(({ source }) => files.includes(source));
  const advice = new Map(config.forbidden.map(({ name, comment }) => [name, comment]));
  return {
    cruised: sources.length,
    onDisk: files.length,
    violations: output.summary.violations.map(({ rule, from, to }) => ({
      rule: rule.name,
      from,
      to,
      advice: advice.get(rule.name) ?? "",
    })),
  };
}
