/**
 * Ends a run with the tests that did not run and why, then `N passed, N failed, N skipped` alone on
 * the last line, which a build server can read without parsing anything else.
 */
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Why a test was skipped: the note given to `context.skip(note)`, or that it was switched off in code. */
function skipReason(testCase: TestCase): string {
  const result = testCase.result();
  const note = result.state === "skipped" ? result.note : undefined;
  return note ?? "switched off where it is written; no reason given";
}

function isFailedModule(testModule: TestModule): boolean {
  return testModule.errors().length > 0;
}

/** Vitest reporter; stands after the `default` one. */
export class ClosingLineReporter implements Reporter {
  #print: (line: string) => void = () => undefined;

  onInit(vitest: Vitest): void {
    this.#print = (line) => vitest.logger.log(line);
  }

  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    // A file that cannot be loaded and an error outside any test are failures too, though no test bears them.
    const failedModules = testModules.filter(isFailedModule).length;
    const counts: Counts = {
      passed: 0,
      failed: failedModules + unhandledErrors.length,
      skipped: 0,
    };
    const skippedByReason = new Map<string, string[]>();
    for (const testModule of testModules) {
      for (const testCase of testModule.children.allTests()) {
        const { state } = testCase.result();
        if (state === "passed" || state === "failed") {
          counts[state] += 1;
          continue;
        }
        counts.skipped += 1;
        const reason = skipReason(testCase);
        const names = skippedByReason.get(reason) ?? [];
        names.push(`${testModule.relativeModuleId}: ${testCase.fullName}`);
        skippedByReason.set(reason, names);
      }
    }
    this.#printSkipped(skippedByReason);
    this.#print(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }

  #printSkipped(skippedByReason: ReadonlyMap<string, readonly string[]>): void {
    for (const [reason, names] of skippedByReason) {
      this.#print(`Skipped: ${reason}`);
      for (const name of names) {
        this.#print(`  ${name}`);
      }
    }
    if (skippedByReason.size > 0) {
      this.#print("");
    }
  }
}
