// Finish what pbjs wrote: drop the JSDoc from the code (the .d.ts carries the types) and the
// default export (named ones only), and import Long the ES way.
import { readFileSync, writeFileSync } from "node:fs";

const [codePath, typesPath] = process.argv.slice(2);

const notice = "// Generated from proto/ by scripts/generate.sh. Do not edit.\n";
const code = readFileSync(codePath, "utf8")
  .replace(/^\/\*eslint-disable.*\*\/\n/, "")
  .replace(/^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm, "")
  .replace(/^[ \t]+$/gm, "")
  .replace(/\n{2,}/g, "\n")
  .replace(/export \{\s*\$root as default\s*\};\n?$/, "");
writeFileSync(codePath, notice + code);

// A namespace import of CommonJS types and `import = require` both break under NodeNext ES modules.
const types = readFileSync(typesPath, "utf8")
  .replace(/^import Long = require\("long"\);$/m, 'import type Long from "long";')
  .replace(/^import \* as \$protobuf from "([^"]*)";$/m, 'import type $protobuf from "$1";');
writeFileSync(typesPath, notice + types);
