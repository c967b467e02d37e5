/**
 * The suffix of a test says what it needs: `x.test.ts` nothing, `x.pg.test.ts` a PostgreSQL server.
 * The server belongs to the `postgres` project alone, so a run without such tests starts none.
 */
import { configDefaults, defineConfig } from "vitest/config";
import { ClosingLineReporter } from "./tools/vitest/closing-line-reporter.ts";

const folders = "{src,tests,tools,scripts,bench,examples}";
const postgresTests = `${folders}/**/*.pg.test.ts`;
/** Lint, types, boundaries and the rest of `npm run check`, each of them as a test. */
const gateTests = "tests/architecture/**/*.test.ts";

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    // A worker keeps what it has loaded from file to file: to load it anew took 0.4 s of processor time a file.
    isolate: false,
    passWithNoTests: false,
    // A file is named; its tests only where one takes long or fails.
    slowTestThreshold: 5000,
    reporters: ["default", new ClosingLineReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: "pure",
          include: [`${folders}/**/*.test.ts`],
          exclude: [...configDefaults.exclude, postgresTests, gateTests],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "postgres",
          include: [postgresTests],
          globalSetup: "tests/support/global-setup.ts",
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "gates",
          include: [gateTests],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
