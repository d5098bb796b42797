/** A weak reference, or a strong one on platforms without weak ones, such as Cloudflare Workers before May 2025. */
export const weakRef = <T extends object>(target: T): Pick<WeakRef<T>, "deref"> =>
  typeof WeakRef === "undefined" ? { deref: () => target } : new WeakRef(target);
