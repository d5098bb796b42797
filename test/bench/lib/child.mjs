/** The process of one contender: imports the suite and runs the given job. */
process.once("message", async (job) => {
  try {
    const { contend } = await import(new URL(`../suites/${job.suite}.mjs`, import.meta.url));
    const result = await contend(job);
    process.send({ result }, () => process.exit(0));
  } catch (error) {
    process.send({ error: error.stack }, () => process.exit(1));
  }
});
