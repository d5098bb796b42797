import { describe, expect, test } from "vitest";
import { parsePragmas } from "../../src/pragma/parse.ts";

/** The contents of a comment, with the text of every span in its file. */
function read(comment: string): unknown[] {
  const before = "const é = '🙂';\r\n";
  const text = `${before}${comment}\nfunction f() {}`;
  const at = ({ start, end }: { start: number; end: number }): string => text.slice(start, end);
  return parsePragmas(comment, before.length).map(({ span, keyword, options, misspelt, problems }) => ({
    text: at(span),
    keyword: at(keyword),
    ...(misspelt ? { misspelt } : {}),
    options: options.map(({ name, nameSpan, value, valueSpan }) => {
      expect(at(nameSpan)).toBe(name);
      if (value.kind !== "literal") return `${name}: ${value.kind}`;
      return value.value === at(valueSpan)
        ? `${name}=${at(valueSpan)}`
        : `${name}=${at(valueSpan)} → ${value.value as string}`;
    }),
    problems: problems.map((problem) => `${problem.name} [${at(problem.span)}] ${problem.help}`),
  }));
}

const plain = (text: string, ...options: string[]): unknown[] => [
  { text, keyword: "@cached", options, problems: [] },
];

describe("a line of a comment whose first word is @cached is a pragma", () => {
  test.each([
    ["a line comment", "// @cached ttl=10", "@cached ttl=10"],
    ["no space after the slashes", "//@cached ttl=10", "@cached ttl=10"],
    ["three slashes", "/// @cached ttl=10", "@cached ttl=10"],
    ["tabs and trailing white space", "//\t@cached\tttl=10 \t", "@cached\tttl=10"],
    ["a block comment", "/* @cached ttl=10 */", "@cached ttl=10"],
    ["a block comment without spaces", "/*@cached ttl=10*/", "@cached ttl=10"],
    ["JSDoc on one line", "/** @cached ttl=10 **/", "@cached ttl=10"],
    ["a block comment that minifiers preserve", "/*! @cached ttl=10 */", "@cached ttl=10"],
    ["a line of JSDoc", "/**\n * Finds it.\n * @cached ttl=10\n * @param id - which\n */", "@cached ttl=10"],
    ["a line of JSDoc with CRLF", "/**\r\n * Finds it.\r\n * @cached ttl=10\r\n */", "@cached ttl=10"],
    ["a line of a block comment without a gutter", "/*\n  words\n  @cached ttl=10\n*/", "@cached ttl=10"],
    ["a box", "/***********\n * @cached ttl=10   *\n ***********/", "@cached ttl=10"],
    ["a comment without its end", "/* @cached ttl=10", "@cached ttl=10"],
    ["a no-break space", "// @cached\u00a0ttl=10", "@cached\u00a0ttl=10"],
  ])("%s", (_, comment, text) => {
    expect(read(comment)).toEqual(plain(text, "ttl=10"));
  });

  test("uses the defaults if it is alone", () => {
    expect(read("// @cached")).toEqual(plain("@cached"));
  });

  test("each of several in one comment", () => {
    expect(read("/*\n * @cached ttl=1\n * @cached ttl=2\n */")).toEqual([
      ...plain("@cached ttl=1", "ttl=1"),
      ...plain("@cached ttl=2", "ttl=2"),
    ]);
  });
});

describe("everything else is prose", () => {
  test.each([
    "//",
    "/**/",
    "/***/",
    "// foo @cached ttl=1",
    "// (@cached)",
    "// // @cached ttl=10",
    "//// @cached ttl=10",
    "/** @cachedProperty foo bar */",
    "// @cached-values are nice",
    "// @cached/utils holds more",
    "// @cached's options",
    "// cached ttl=10",
    "// @cache the results of the query",
    "// @cache: ttl=10",
    "// @Cache({ ttl: 10 })",
    "// @cache key=value pairs are stored here",
    "// @catch",
    "// @cacheable ttl=10",
    "// @scached",
    "/**\n * ```ts\n * @cached({ ttl: 10 })\n * ```\n */",
  ])("%j", (comment) => {
    expect(read(comment)).toEqual([]);
  });
});

describe("options are name=value pairs", () => {
  test.each<[string, ...string[]]>([
    ["// @cached ttl=10 namespace=x", "ttl=10", "namespace=x"],
    ["// @cached ttl=500ms\tjitter=10%", "ttl=500ms", "jitter=10%"],
    ["// @cached key=id,opts.locale", "key=id,opts.locale"],
    ["// @cached namespace=a=b", "namespace=a=b"],
    ["// @cached namespace=bob's/größe", "namespace=bob's/größe"],
    ['// @cached namespace="a b" ttl=1', "namespace=a b", "ttl=1"],
    ['// @cached namespace="a, b=c"', "namespace=a, b=c"],
    ['// @cached namespace=""', "namespace="],
    [
      String.raw`// @cached namespace="a \"b\" \\ c:\d"`,
      String.raw`namespace=a \"b\" \\ c:\d → a "b" \ c:\d`,
    ],
    ["// @cached ttl=1 ttl=2 tll=3", "ttl=1", "ttl=2", "tll=3"],
  ])("%s", (comment, ...options) => {
    expect(read(comment)).toEqual(plain(comment.slice(3), ...options));
  });
});

describe("a misspelled pragma is reported, alone or with options, and has no options", () => {
  test.each([
    ["// @cache", "@cache"],
    ["// @cache ttl=10", "@cache"],
    ["// @cachd", "@cachd"],
    ["// @Cached", "@Cached"],
    ["// @CACHED ttl=10", "@CACHED"],
    ["// @chached ttl=10 tll=5", "@chached"],
    ['// @cahced namespace="a b"', "@cahced"],
    ["// @cachd ttl = 10", "@cachd"],
    ["// @caches ttl=10 swr", "@caches"],
    ["/**\n * @cache\n */", "@cache"],
  ])("%j", (comment, keyword) => {
    expect(read(comment)).toMatchObject([
      {
        keyword,
        misspelt: true,
        options: [],
        problems: [`pragma-misspelt [${keyword}] Write \`@cached\`.`],
      },
    ]);
  });
});

describe("a mistake is one problem at its exact place, and the options are still read", () => {
  test.each<[comment: string, options: string[], at: string, help: string]>([
    ["// @cached values are nice", [], "values are nice", "other text on a separate line"],
    ["// @cached ttl=1 because a?b=c", ["ttl=1"], "because a?b=c", "other text on a separate line"],
    ["// @cached ttl=1 // why", ["ttl=1"], "// why", "other text on a separate line"],
    ["// @cached --ttl=1", [], "--ttl=1", "// @cached ttl=10"],
    ["// @cached ttl", ["ttl: missing"], "ttl", "`ttl=10`"],
    ["// @cached ttl=", ["ttl: missing"], "ttl=", "`ttl=10`"],
    ["// @cached ttl= swr=5", ["ttl: missing", "swr=5"], "ttl=", "`ttl=10`"],
    ["// @cached ttl: swr=5", ["ttl: missing", "swr=5"], "ttl:", "`ttl=10`"],
    ["// @cached key=,", ["key: missing"], "key=,", "`key=id`"],
    ["// @cached =10", [], "=10", "`ttl=10`"],
    ["// @cached ttl = 10 swr=5", ["ttl=10", "swr=5"], "ttl = 10", "Write `ttl=10`."],
    ["// @cached ttl =10", ["ttl=10"], "ttl =10", "Write `ttl=10`."],
    ["// @cached ttl= 10", ["ttl=10"], "ttl= 10", "Write `ttl=10`."],
    ["// @cached ttl: 10 swr=5", ["ttl=10", "swr=5"], "ttl: 10", "Write `ttl=10`."],
    ["// @cached ttl:10", ["ttl=10"], "ttl:10", "Write `ttl=10`."],
    ["// @cached ttl=10, swr=5, sie=3", ["ttl=10", "swr=5", "sie=3"], ",", "`ttl=10 swr=5 sie=3`"],
    ["// @cached ttl=10,swr=5", ["ttl=10", "swr=5"], ",", "`ttl=10 swr=5`"],
    ["// @cached ttl=10 , swr=5", ["ttl=10", "swr=5"], ",", "`ttl=10 swr=5`"],
    ["// @cached ttl=10,", ["ttl=10"], ",", "`ttl=10`"],
    ["// @cached key=id, b ttl=1", ["key=id, b → id,b", "ttl=1"], "id, b", "Write `key=id,b`."],
    ["// @cached key=id , b", ["key=id , b → id,b"], "id , b", "Write `key=id,b`."],
    ["// @cached key=[id, b] ttl=1", ["key=[id, b] → id,b", "ttl=1"], "[id, b]", "Write `key=id,b`."],
    ['// @cached name="a b ttl=10', ["name=a b", "ttl=10"], '"a b', 'Close it: `name="a b"`.'],
    ['// @cached name="', ["name="], '"', 'Close it: `name=""`.'],
    [String.raw`// @cached name="a\"`, [String.raw`name=a\" → a"`], String.raw`"a\"`, String.raw`name="a\""`],
    ["// @cached name='a b' ttl=1", ["name=a b", "ttl=1"], "'a b'", 'Write `name="a b"`.'],
    ["// @cached name=`a`", ["name=a"], "`a`", "Write `name=a`."],
    ['// @cached key="a","b"', ['key="a","b" → a,b'], '"a","b"', "Write `key=a,b`."],
    ['// @cached name=a"b"', ['name=a"b"'], 'a"b"', "Write `name=ab`."],
    ["// @cached(ttl=10)", [], "(ttl=10)", "`@cached ttl=10`"],
    [
      '// @cached({ ttl: 10, key: ["a", "b"] })',
      [],
      '({ ttl: 10, key: ["a", "b"] })',
      "`@cached ttl=10 key=a,b`",
    ],
    ["// @cached: ttl=10", [], ": ttl=10", "`@cached ttl=10`"],
    ["// @cached, ttl=10", [], ", ttl=10", "`@cached ttl=10`"],
    ["/* @cached(ttl=10) */", [], "(ttl=10)", "`@cached ttl=10`"],
    ["// @cached ttl=10; swr=5", ["ttl=10", "swr=5"], ";", "`ttl=10 swr=5`"],
    ["// @cached ttl=10;", ["ttl=10"], ";", "`ttl=10`"],
    ["// @cached key= id , b", ["key=id , b → id,b"], "id , b", "Write `key=id,b`."],
    ["// @cached key=(id, b) ttl=1", ["key=(id, b) → id,b", "ttl=1"], "(id, b)", "Write `key=id,b`."],
    ["// @cached ignore={id}", ["ignore={id} → id"], "{id}", "Write `ignore=id`."],
    ["// @cached ttl=“10”", ["ttl=10"], "“10”", "Write `ttl=10`."],
    ["// @cached 5m", [], "5m", "Write `ttl=5m`."],
    ["// @cached forever", [], "forever", "Write `ttl=forever`."],
    ["// @cached { ttl: 10, 'key': ['a'] }", [], "{ ttl: 10, 'key': ['a'] }", "Write `ttl=10 key=a`."],
    ["// @cached ({ ttl: '1h' })", [], "({ ttl: '1h' })", "Write `ttl=1h`."],
  ])("%s", (comment, options, at, help) => {
    const [pragma, ...others] = read(comment) as { options: string[]; problems: string[] }[];
    expect(others).toEqual([]);
    expect(pragma!.options).toEqual(options);
    expect(pragma!.problems).toHaveLength(1);
    expect(pragma!.problems[0]!.startsWith(`pragma-syntax [${at}] `)).toBe(true);
    expect(pragma!.problems[0]).toContain(help);
  });

  test("braces around another value belong to it", () => {
    expect(read("// @cached namespace={users}")).toMatchObject([
      { options: ["namespace={users}"], problems: [] },
    ]);
  });

  test("several mistakes are reported at once", () => {
    const [pragma] = read('// @cached ttl: 10 nice words swr = 5 name="x') as { problems: string[] }[];
    expect(pragma!.problems.map((problem) => /\[(.*?)\]/.exec(problem)![1])).toEqual([
      "ttl: 10",
      "nice words",
      "swr = 5",
      '"x',
    ]);
  });
});

test("a long comment is read in linear time", () => {
  // Quadratic time would take minutes and exceed the time limit of the test.
  const long = 200_000;
  const kinds = [
    `// @cached name="${" ".repeat(long)}x`,
    `// @cached name="${"\\".repeat(long)}`,
    `// @cached key=a,${"b".repeat(long)} =1`,
    `// @cached${" ".repeat(long)}${",".repeat(long)}x`,
    `// @cachd${" ".repeat(long)}x=1`,
    `// @c${"a".repeat(long)}`,
    `// @cached(${"a".repeat(long)}`,
    `/*${" ".repeat(long)}x${"*".repeat(long)}/`,
  ].map((comment) => parsePragmas(comment, 0).flatMap(({ problems }) => problems.map(({ name }) => name)));
  const syntax = "pragma-syntax";
  expect(kinds).toEqual([
    [syntax],
    [syntax],
    [syntax],
    [syntax, syntax],
    ["pragma-misspelt"],
    [],
    [syntax],
    [],
  ]);
});
