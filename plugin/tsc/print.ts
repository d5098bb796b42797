/** Prints diagnostics as tsc does. */
import type ts from "typescript";

/** Whether tsc would print colours and code frames. */
export function isPretty(system: ts.System, options: ts.CompilerOptions): boolean {
  const { pretty } = options as { readonly pretty?: boolean };
  if (pretty !== undefined) return pretty;
  return process.env["NO_COLOR"] ? false : (system.writeOutputIsTTY?.() ?? false);
}

/** Formats diagnostics, each with a line break at its end. */
export function diagnosticsText(
  TS: typeof ts,
  diagnostics: readonly ts.Diagnostic[],
  { pretty, folder }: { readonly pretty: boolean; readonly folder: string },
): string {
  const host: ts.FormatDiagnosticsHost = {
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (name) => name,
    getNewLine: () => "\n",
  };
  if (!pretty) return TS.formatDiagnostics(diagnostics, host);
  return diagnostics.map((each) => `${TS.formatDiagnosticsWithColorAndContext([each], host)}\n`).join("");
}
