/** The part of yargs that lays out our help; the package brings no types of its own. */
declare module "yargs" {
  export interface Help {
    scriptName(name: string): Help;
    version(isShown: false): Help;
    help(isShown: false): Help;
    wrap(columns: number): Help;
    locale(name: string): Help;
    usage(text: string): Help;
    command(usage: string, summary: string): Help;
    option(
      name: string,
      definition: {
        readonly alias?: string;
        readonly type: "boolean" | "array" | "string";
        readonly describe: string;
      },
    ): Help;
    getHelp(): Promise<string>;
  }
  const yargs: (argv: readonly string[]) => Help;
  // biome-ignore lint/style/noDefaultExport: that is what the package exports
  export default yargs;
}
