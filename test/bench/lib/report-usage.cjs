// Loaded into a measured process. Its threads load it too, but only the main thread reports.
const { isMainThread } = require("node:worker_threads");
const { writeFileSync } = require("node:fs");

if (isMainThread) {
  const file = process.env.USAGE_FILE;
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpu: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 };
    writeFileSync(file, JSON.stringify(usage));
  });
}
