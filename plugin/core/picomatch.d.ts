/** The part of picomatch that is used. The package has no types. */
declare module "picomatch" {
  export default function picomatch(
    glob: string,
    options: { readonly dot: boolean },
  ): (path: string) => boolean;
}
