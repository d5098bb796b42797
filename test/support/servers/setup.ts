import { ensurePrograms } from "./programs.ts";

/** Runs once before all tests (Vitest's `globalSetup`). */
export default async function setup(): Promise<void> {
  await ensurePrograms();
}
