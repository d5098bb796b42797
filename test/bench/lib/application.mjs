/**
 * A generated application like those of people: features with barrels that import each other in cycles, deep
 * re-exports, path aliases or project references, and types of installed packages in every file.
 */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporary } from "./compile.mjs";
import { bench, root } from "./own.mjs";

/** The modules of a feature, each of a kind. */
const KINDS = ["entity", "schema", "table", "view", "service", "dates", "shapes", "text"];
/** The packages whose types the modules use. */
export const PACKAGES = [
  "@types/node",
  "@types/react",
  "csstype",
  "date-fns",
  "drizzle-orm",
  "kysely",
  "type-fest",
  "zod",
];
const NEAREST = [1, 2, 7];
const MARKS_TOGETHER = 2;

const range = (length) => Array.from({ length }, (_, i) => i);

/** The features that a feature imports: some before it, and, so that barrels form cycles, the one after it. */
function othersOf(i, last, isAcyclic) {
  const before = NEAREST.map((distance) => i - distance).filter((other) => other >= 0);
  return isAcyclic || i === last ? before : [...before, i + 1];
}

/** The text of each kind of module. `a` is a feature that it imports, `from` the specifiers of the features. */
const TEXTS = {
  entity: ({
    i,
    others,
    from,
  }) => `${others.map((a) => `import type { Entity${a} } from "${from(a)}";`).join("\n")}
export type Id${i} = string & { readonly __brand: "Id${i}" };
export interface Entity${i} {
  readonly id: Id${i};
  readonly title: string;
  readonly kind: "draft" | "published" | "archived${i}";
  readonly created: Date;
  readonly tags: readonly string[];
${others.map((a) => `  readonly parent${a}?: Entity${a}["id"];\n`).join("")}}
export const isPublished${i} = (entity: Entity${i}): boolean => entity.kind === "published";
`,
  schema: ({ i, a, from }) => `import { z } from "zod";
${a === undefined ? "" : `import { schema${a} } from "${from(a)}";\n`}
export const schema${i} = z.object({
  id: z.string().min(1),
  amount: z.number().int().positive(),
  when: z.coerce.date(),
  place: z.object({ street: z.string(), city: z.string(), code: z.string().optional() }),
  lines: z.array(z.object({ sku: z.string(), count: z.number(), price: z.number() })),
  status: z.enum(["open", "paid", "sent${i}"]),
});
export const request${i} = schema${i}.pick({ id: true, status: true, place: true }).extend({ page: z.number().default(1) });
${a === undefined ? "" : `export const both${i} = z.object({ own: schema${i}, other: schema${a}.pick({ id: true, lines: true }) });\nexport type Both${i} = z.infer<typeof both${i}>;\n`}export type Order${i} = z.infer<typeof schema${i}>;
export type Request${i} = z.output<typeof request${i}>;
`,
  table: ({ i }) => `import { integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import type { Generated, Insertable, Kysely, Selectable } from "kysely";

export const table${i} = pgTable("table${i}", {
  id: integer("id").primaryKey().generatedAlwaysAsIdentity(),
  name: text("name").notNull(),
  note: text("note"),
  created: timestamp("created", { mode: "string" }).notNull().defaultNow(),
});
export type Row${i} = typeof table${i}.$inferSelect;
export type NewRow${i} = typeof table${i}.$inferInsert;
export interface Record${i} {
  id: Generated<number>;
  owner: string;
  size: number | null;
}
export interface Database${i} {
  records: Record${i};
}
export type Selected${i} = Selectable<Record${i}>;
export const insert${i} = (db: Kysely<Database${i}>, record: Insertable<Record${i}>): Promise<unknown> =>
  db.insertInto("records").values(record).execute();
`,
  view: ({ i, a, from }) => `import type { Properties } from "csstype";
import type { ComponentProps, CSSProperties, ReactNode } from "react";
import type { Entity${i} } from "./entity";
import styles from "./view.module.css";
${a === undefined ? "" : `import { type Look${a}, width${a} } from "${from(a)}";\n`}
export interface Look${i} extends Pick<Properties, "color" | "display" | "width" | "margin"> {
  readonly dense?: boolean;
}
export type Button${i} = ComponentProps<"button"> & { readonly look: Look${i}; readonly icon?: ReactNode };
export const width${i} = (look: Look${i}): CSSProperties => ({ ...look, width: ${a === undefined ? 1 : `width${a}({}).width`} });
export const labelOf${i} = ({ look, title }: Button${i}, entity: Entity${i}): string => \`\${styles["label"] ?? ""} \${look.color ?? ""} \${title ?? entity.title}\`;
`,
  dates: ({
    i,
    a,
    from,
  }) => `import { addDays, differenceInCalendarDays, formatDistance, type Interval, isWithinInterval, type Locale } from "date-fns";
${a === undefined ? "" : `import { daysOf${a} } from "${from(a)}";\n`}
export interface Period${i} {
  readonly from: Date;
  readonly to: Date;
}
export const intervalOf${i} = ({ from, to }: Period${i}): Interval => ({ start: from, end: addDays(to, 1) });
export const daysOf${i} = (period: Period${i}): number =>
  differenceInCalendarDays(period.to, period.from)${a === undefined ? "" : ` + daysOf${a}(period)`};
export const includes${i} = (period: Period${i}, date: Date): boolean => isWithinInterval(date, intervalOf${i}(period));
export const distance${i} = (period: Period${i}, locale?: Locale) => formatDistance(period.from, period.to, locale ? { locale } : {});
`,
  shapes: ({
    i,
    a,
    from,
  }) => `import type { Jsonify, Merge, PartialDeep, ReadonlyDeep, SetRequired, Simplify } from "type-fest";
import type { Entity${i} } from "./entity";
import type { Order${i} } from "./schema";
${a === undefined ? "" : `import type { Summary${a} } from "${from(a)}";\n`}
export type Summary${i} = Simplify<SetRequired<PartialDeep<Pick<Entity${i}, "title" | "kind">>, "title">>;
export type Stored${i} = Jsonify<Order${i}>;
export type Merged${i} = Merge<Summary${i}, { readonly count: number${a === undefined ? "" : `; readonly before?: Summary${a}`} }>;
export type Frozen${i} = ReadonlyDeep<Order${i}>;
`,
  text: ({ i, a, from }) => `import { createHash, type BinaryLike } from "node:crypto";
import type { IncomingMessage } from "node:http";
${a === undefined ? "" : `import { digest${a} } from "${from(a)}";\n`}
export type Body${i} = BinaryLike;
export const digest${i} = (body: Body${i}): string => createHash("sha256").update(body).digest("hex")${a === undefined ? "" : `.concat(digest${a}(body))`};
export const addressOf${i} = (request: IncomingMessage) => ({ address: request.socket.remoteAddress, at: request.headers.host });
`,
  service: ({ i, a, b, from, marks, error }) => `import type { Properties } from "csstype";
import { isPublished${i}, type Entity${i} } from "./entity";
import type { Request${i}, Order${i} } from "./schema";
import { table${i}, type Row${i} } from "./table";
import type { Merged${i}, Stored${i} } from "./shapes";
import { daysOf${i}, type Period${i} } from "./dates";
import { width${i}, type Look${i} } from "./view";
import { digest${i} } from "./text";
${a === undefined ? "" : `import { find${a}, type Entity${a} } from "${from(a)}";\n`}${b === undefined ? "" : `import type { Order${b} } from "${from(b)}";\n`}
${mark(i, marks, 0)}export async function find${i}(request: Request${i}, owner: Entity${i}["id"]): Promise<Order${i}[]> {
  const found: Order${i}[] = [];
  for (let page = 0; page < request.page; page++) {
    found.push({ id: owner, amount: page, when: new Date(0), place: request.place, lines: [], status: "open" });
  }
  return ${a === undefined ? "found" : `request.page > 100 ? (await find${a}(request as never, owner as never)) as never : found`};
}

${mark(i, marks, 1)}export function merge${i}(entities: readonly Entity${i}[], by: Merged${i}): Map<string, Stored${i}["place"]> {
  const places = new Map<string, Stored${i}["place"]>();
  for (const entity of entities) if (isPublished${i}(entity)) places.set(entity.id, { street: by.title, city: entity.title });
  return places;
}

${mark(i, marks, 2)}export function layout${i}(look: Look${i}, periods: readonly Period${i}[]): Properties {
  let total = 0;
  for (const period of periods) total += daysOf${i}(period);
  return { color: look.color, order: total, opacity: width${i}(look).width === total ? 1 : 0 };
}

${mark(i, marks, 3)}export async function rows${i}(ids: readonly Row${i}["id"][], ${b === undefined ? "" : `line: Order${b}["lines"][number], `}name = "a") {
  const rows: Row${i}[] = [];
  for (const id of ids) rows.push({ id, name: digest${i}(name${b === undefined ? "" : " + line.sku"}), note: String(table${i}), created: "" });
  return rows;
}
${a === undefined ? "" : `\nexport type Owner${i} = Entity${a}["id"];\n`}${error ? `\n// @cached ttl=1m\nexport const wrong${i} = (onDone: () => void): number[] => [0].map(() => (onDone(), 1));\n` : ""}`,
};

/** The marks alternate between the first two functions of a service and the other two. */
const mark = (i, marks, index) =>
  index >> 1 === i % 2 && index % 2 < marks ? `// @cached ttl=${index + 1}m\n` : "";

/**
 * Writes an application.
 *
 * @param files the number of modules
 * @param marked the number of marked functions, two in a module
 * @param projects the number of TypeScript projects that refer to each other; 1: one project with path aliases
 * @param error whether one marked function has an error
 */
export function makeApplication({ files, marked, projects = 1, error = false }) {
  const folder = temporary("application");
  const features = range(Math.ceil(files / (KINDS.length + 1)));
  const last = features.length - 1;
  const projectOf = (i) => Math.floor((i * projects) / features.length);
  const homeOf = (i) =>
    projects === 1 ? `src/features/feature${i}` : `packages/p${projectOf(i)}/src/feature${i}`;
  const services = Math.min(features.length, Math.ceil(marked / MARKS_TOGETHER));
  const every = services === 0 ? Infinity : Math.floor(features.length / services);
  const marksOf = (i) =>
    i % every === 0 && i / every < services
      ? Math.min(MARKS_TOGETHER, marked - (i / every) * MARKS_TOGETHER)
      : 0;
  const markedPaths = [];
  const paths = [];
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const writeModule = (path, text) => {
    write(path, text);
    paths.push(join(folder, path));
  };
  for (const i of features) {
    const others = othersOf(i, last, projects > 1);
    const from = (a) => (projects === 1 ? `@app/feature${a}` : `@app/p${projectOf(a)}/feature${a}`);
    const [a, b] = others;
    const marks = marksOf(i);
    for (const kind of KINDS) {
      const isWrong = error && kind === "service" && i === every;
      const path = `${homeOf(i)}/${kind}.${kind === "view" ? "tsx" : "ts"}`;
      writeModule(path, TEXTS[kind]({ i, a, b, others, from, marks, error: isWrong }));
      if (kind === "service" && marks > 0) markedPaths.push(join(folder, path));
    }
    write(`${homeOf(i)}/view.module.css`, ".label { color: teal; }\n");
    // A barrel of barrels: half of the feature is exported by way of another file.
    write(
      `${homeOf(i)}/model.ts`,
      KINDS.slice(0, 4)
        .map((kind) => `export * from "./${kind}";\n`)
        .join(""),
    );
    const parts = ["./model", ...KINDS.slice(4).map((kind) => `./${kind}`)];
    writeModule(`${homeOf(i)}/index.ts`, parts.map((part) => `export * from "${part}";\n`).join(""));
  }
  write("package.json", `{ "name": "made-up", "private": true, "type": "module" }\n`);
  writeTsconfigs({ write, projects, features, projectOf });
  linkPackages(folder);
  return { folder, paths, markedPaths, cache: join(folder, "node_modules/.cache") };
}

const ENV = `declare module "*.css" {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}
`;

function writeTsconfigs({ write, projects, features, projectOf }) {
  const compilerOptions = {
    target: "es2022",
    lib: ["es2023", "dom"],
    module: "esnext",
    moduleResolution: "bundler",
    jsx: "react-jsx",
    types: ["node"],
    strict: true,
    skipLibCheck: true,
  };
  const json = (path, value) => write(path, JSON.stringify(value, undefined, 2));
  if (projects === 1) {
    const all = features.map((i) => `import * as f${i} from "@app/feature${i}";\n`).join("");
    write("src/main.ts", `${all}\nconsole.log([${features.map((i) => `f${i}`).join(", ")}].length);\n`);
    write("index.html", `<!doctype html><script type="module" src="/src/main.ts"></script>\n`);
    write("src/env.d.ts", ENV);
    const paths = { "@app/*": ["./src/features/*"] };
    return json("tsconfig.json", {
      compilerOptions: { ...compilerOptions, noEmit: true, paths },
      include: ["src"],
    });
  }
  const names = range(projects);
  for (const name of names) {
    const own = features.filter((i) => projectOf(i) === name);
    const others = own.flatMap((i) => othersOf(i, features.length - 1, true)).map(projectOf);
    const references = [...new Set(others)]
      .filter((other) => other !== name)
      .map((other) => ({ path: `../p${other}` }));
    const mapped = Object.fromEntries(names.map((other) => [`@app/p${other}/*`, [`../p${other}/src/*`]]));
    write(`packages/p${name}/src/env.d.ts`, ENV);
    json(`packages/p${name}/package.json`, { name: `@app/p${name}`, private: true, type: "module" });
    json(`packages/p${name}/tsconfig.json`, {
      compilerOptions: { ...compilerOptions, paths: mapped, composite: true, rootDir: "src", outDir: "dist" },
      include: ["src"],
      references,
    });
  }
  json("tsconfig.json", { files: [], references: names.map((name) => ({ path: `packages/p${name}` })) });
}

/** Packages are found in the folder of the application, but their files are those that the benchmarks installed. */
function linkPackages(folder) {
  const link = (target, name) => {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(target, join(folder, "node_modules", name), "dir");
  };
  link(root, "aotcache");
  for (const name of PACKAGES) link(join(bench, "node_modules", name), name);
  for (const name of ["ts-morph", "typescript"]) link(join(root, "node_modules", name), name);
}
