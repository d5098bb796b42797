/** A module of the page, with all that it imports, as one minified script. The build makes it. */
declare module "*?script" {
  const text: string;
  export default text;
}
