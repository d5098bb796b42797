import type { Reporter, TestModule } from "vitest/node";

/** Prints `N passed, N failed` as the last line, for whoever reads the end of a log only. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    // An error outside of every test, or a module that could not be loaded, is a failure as well.
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
