#!/usr/bin/env bash
# Leaves in dist/npm/ what the npm package has besides sources: the commands that Node can run (gantry.js), what transforms import
# (define.js), and its types. npm runs it before it packs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

bun=(node_modules/@oven/bun-linux-*/bin/bun)
if ! [ -x "${bun[0]}" ] || ! [ -x node_modules/.bin/tsc ]; then die "npm packages are missing: run npm ci first, with optional packages"; fi

take_lock npm-package
wanted=$(hash_of src package-lock.json scripts/npm-package.sh)
if is_stamped npm-package "$wanted" && [ -f dist/npm/types/transforms/define.d.ts ]; then exit 0; fi
say "bundling for Node"
rm -rf dist/npm dist/.npm.new
bundle() {
  env -u NODE_OPTIONS -u BUN_OPTIONS -u BUN_BE_BUN "${bun[0]}" build --target=node --format=esm --minify-syntax --minify-whitespace \
    --outfile "dist/.npm.new/$1" "$2" >&2
}
bundle gantry.js src/bin/npm.ts
bundle define.js src/transforms/define.ts
sed -i '1i #!/usr/bin/env node' dist/.npm.new/gantry.js
chmod 755 dist/.npm.new/gantry.js
# A file on the command line takes no options from tsconfig.json; these are the ones that change what is written.
node_modules/.bin/tsc src/transforms/define.ts --declaration --emitDeclarationOnly --outDir dist/.npm.new/types \
  --target ES2023 --module NodeNext --strict --exactOptionalPropertyTypes --verbatimModuleSyntax --allowImportingTsExtensions \
  --types node --skipLibCheck
mv dist/.npm.new dist/npm
stamp npm-package "$wanted"
