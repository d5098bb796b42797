/** Marked functions on the backend `far`. Tests import their compiled form. `run` records each run. */
export const seen: unknown[][] = [];

export interface User {
  id: number;
  locale: string;
}

export interface Tagged {
  when: Date;
  tags: Set<string>;
  nothing?: undefined;
}

// @cached backend=far namespace=marked allow=module-state
export async function getUser(id: number, locale = "en"): Promise<User> {
  seen.push([id, locale]);
  return { id, locale };
}

// @cached backend=far namespace=marked allow=module-state
export const tagged = async (id: number): Promise<Tagged> => {
  seen.push([id]);
  return { when: new Date(id), tags: new Set([`${id}`]), nothing: undefined };
};

// @cached backend=far namespace=marked allow=module-state
export function promised({ id, tag = "none" }: { id: number; tag?: string }): Promise<string> {
  seen.push([id, tag]);
  return Promise.resolve(`${id}:${tag}`);
}

// @cached namespace=marked allow=module-state
export function sync(id: number): { id: number } {
  seen.push([id]);
  return { id };
}

// @cached backend=far namespace=marked allow=module-state
export function syncFar(id: number): number {
  seen.push([id]);
  return id;
}

// @cached backend=far namespace=marked allow=module-state,parameter-unproved
export async function anything(value: unknown): Promise<unknown> {
  seen.push([value]);
  return value;
}

// @cached backend=far namespace=marked allow=module-state
export async function signalled(
  id: number,
  { signal, deep }: { signal?: AbortSignal; deep: number },
): Promise<string> {
  seen.push([id, signal]);
  return new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
    if (deep === 0) resolve("value");
  });
}

// @cached backend=far namespace=marked multi=ids swr=1h ttl=1h allow=module-state
export async function namesByIds(
  ids: readonly number[],
  { locale = "en", signal }: { locale?: string; signal?: AbortSignal } = {},
): Promise<Map<number, string>> {
  seen.push([ids, locale]);
  signal?.throwIfAborted();
  return new Map(ids.filter((id) => id > 0).map((id) => [id, `${id} ${locale}`]));
}

// @cached one=namesByIds allow=module-state
export async function nameById(
  id: number,
  options: { locale?: string; signal?: AbortSignal } = {},
): Promise<string | undefined> {
  seen.push([id]);
  return (await namesByIds([id], options)).get(id);
}

export class Repo {
  readonly tenant: string;
  constructor(tenant: string) {
    this.tenant = tenant;
  }
  // @cached backend=far namespace=marked allow=module-state this=tenant
  async find(id: number): Promise<string> {
    seen.push([this.tenant, id]);
    return `${this.tenant}${id}`;
  }
  // @cached namespace=marked allow=module-state this=instance
  async own(id: number): Promise<number> {
    seen.push([id]);
    return id;
  }
}
