export const SCRIPT_NAME = "inspector.js";

/**
 * The page. Its script makes everything on it.
 *
 * @param pathname of the request, with or without a slash at the end. The browser may see another path in front of the
 * last part, so the script is named relative to that.
 * @param editor the address that opens an editor
 */
export function page(pathname: string, editor: string | undefined): string {
  const base = `./${/[^/]*$/.exec(pathname)![0]}`.replace(/[^/]$/, "$&/");
  return `<!doctype html>
<html lang="en"${editor === undefined ? "" : ` data-editor="${escaped(editor)}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>aotcache</title>
<script defer src="${escaped(base)}${SCRIPT_NAME}"></script>
</head>
<body><noscript>The inspector needs JavaScript.</noscript></body>
</html>
`;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
