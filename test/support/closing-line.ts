import type { Reporter, TestModule } from "vitest/node";

/**
 * A reporter that prints `N passed, N failed` as the last line, so that the end of a log shows the result.
 */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    // Errors outside of tests and modules that fail to load count as failures.
    let failed = errors.length;
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      passed += tests.filter((test) => test.result().state === "passed").length;
      const failures = tests.filter((test) => test.result().state === "failed").length;
      failed += module.state() === "failed" ? Math.max(failures, 1) : failures;
    }
    process.once("exit", () => {
      process.stdout.write(`${passed} passed, ${failed} failed\n`);
    });
  }
}
