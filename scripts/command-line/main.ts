/**
 * Writes the manual pages and shell completions of every program below a directory, as they lie below /usr/local/share:
 *
 *     bun scripts/command-line/main.ts DIRECTORY
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import { manualPage } from "./manual.ts";
import { PROGRAMS } from "./program.ts";
import { zshCompletion } from "./zsh.ts";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: main.ts DIRECTORY");

for (const program of PROGRAMS) {
  const { name, section } = program;
  write(`man/man${section}/${name}.${section}`, manualPage(program));
  write(`bash-completion/completions/${name}`, bashCompletion(program));
  write(`zsh/site-functions/_${name}`, zshCompletion(program));
  write(`fish/vendor_completions.d/${name}.fish`, fishCompletion(program));
}

function write(path: string, text: string): void {
  const file = join(directory ?? "", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
