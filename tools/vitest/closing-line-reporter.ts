/**
 * Ends a run with the tests that did not run and why, then `N passed, N failed, N skipped` alone on
 * the last line, which a build server can read without parsing anything else.
 */
import type { Reporter, TestCase, TestModule, TestRunEndReason, Vitest } from "vitest/node";

/** What a run came to. */
interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** Names of the tests that did not run, by the reason they give. */
  readonly skippedByReason: Map<string, string[]>;
}

/** Vitest reporter; stands after the `default` one. */
export class ClosingLineReporter implements Reporter {
  #vitest: Vitest | undefined;
  // A run whose set-up fails never counts anything, and has failed.
  #closingLine = "0 passed, 1 failed, 0 skipped";

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
    // Vitest itself may still speak after the run has ended: of a failed set-up, of what would not close.
    process.once("exit", () => process.stdout.write(`${this.#closingLine}\n`));
  }

  onTestRunEnd(
    testModules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const tally: Tally = { passed: 0, failed: 0, skipped: 0, skippedByReason: new Map() };
    for (const testModule of testModules) {
      for (const testCase of testModule.children.allTests()) {
        this.#count(tally, testCase);
      }
    }
    // A file that cannot be loaded and an error outside any test are failures that no test bears.
    tally.failed += testModules.filter((testModule) => testModule.errors().length > 0).length;
    tally.failed += unhandledErrors.length;
    if (reason !== "passed") {
      tally.failed = Math.max(tally.failed, 1);
    }
    this.#printSkipped(tally.skippedByReason);
    this.#closingLine = `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`;
  }

  #count(tally: Tally, testCase: TestCase): void {
    const result = testCase.result();
    if (result.state === "passed" || result.state === "failed") {
      tally[result.state] += 1;
      return;
    }
    tally.skipped += 1;
    const note = result.state === "skipped" ? result.note : undefined;
    const isFilteredOut = note === undefined && this.#vitest?.config.testNamePattern !== undefined;
    if (!isFilteredOut) {
      const reason = note ?? "switched off where they are written, without a reason";
      const names = tally.skippedByReason.get(reason) ?? [];
      names.push(`${testCase.module.relativeModuleId}: ${testCase.fullName}`);
      tally.skippedByReason.set(reason, names);
    }
  }

  #printSkipped(skippedByReason: ReadonlyMap<string, readonly string[]>): void {
    for (const [reason, names] of skippedByReason) {
      const lines = [`Skipped: ${reason}`, ...names.map((name) => `  ${name}`), ""];
      this.#vitest?.logger.log(lines.join("\n"));
    }
  }
}
