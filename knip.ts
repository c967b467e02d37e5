import type { KnipConfig } from "knip";

/** Where use begins: programs, and the doors that other modules, tests and users import from. */
const config: KnipConfig = {
  entry: [
    "src/entry/cli/main.ts",
    "src/*/index.ts",
    "src/{protocol,platform,modules,entry}/*/index.ts",
    "bench/main.ts",
    "scripts/*.mjs",
    "tools/gates/{check,format}.ts",
    "tools/boundaries/main.ts",
  ],
  project: ["{src,tests,bench,tools,scripts}/**/*.{ts,mjs}"],
  ignoreExportsUsedInFile: true,
  // Programs, not libraries: tools/gates runs them by path, and everything runs on `node`.
  ignoreDependencies: ["@typescript/native", "node", "oxfmt", "oxlint", "oxlint-tsgolint"],
  // Linux's own, tried one after the other where PostgreSQL may not run as root.
  ignoreBinaries: ["unshare", "setpriv", "su"],
};

export default config;
