import { ensurePrograms } from "./programs.ts";

/** Runs once before all tests (`globalSetup` of Vitest). */
export default async function setup(): Promise<void> {
  await ensurePrograms();
}
