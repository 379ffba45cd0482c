import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The configuration of a node, and its own transforms, below a directory of the test's. */
export class NodeFiles {
  readonly config: string;
  readonly directory: string;

  constructor(dir: string) {
    this.config = join(dir, "config.toml");
    this.directory = join(dir, "transforms.d");
    mkdirSync(this.directory);
    chmodSync(this.directory, 0o755);
  }

  /**
   * Write a transform.
   *
   * @param source of `defineTransform`'s argument; or of a whole file, when it has an `export`
   */
  write(name: string, source: string): string {
    const file = join(this.directory, name);
    const isWhole = /\bexport\b|^import/m.test(source);
    const text = `import { defineTransform } from "gantry";\nexport default defineTransform(${source});\n`;
    writeFileSync(file, isWhole ? source : text, { mode: 0o644 });
    return file;
  }

  /** @param more lines of TOML; those before the first table belong to the top */
  enable(names: readonly string[], options: { readonly top?: string; readonly more?: string } = {}): void {
    const lines = [
      options.top ?? "",
      "[transforms]",
      `enabled = ${JSON.stringify(names)}`,
      `directory = ${JSON.stringify(this.directory)}`,
      options.more ?? "",
    ];
    writeFileSync(this.config, `${lines.join("\n")}\n`, { mode: 0o644 });
  }
}

/** A transform that always applies and sets a variable. */
export const setting = (name: string, value: string): string => `{
  applies: (spec) => ({ applies: !spec.process.env.includes("${name}=${value}"), reason: "always" }),
  apply: (spec) => ({
    spec: { ...spec, process: { ...spec.process, env: [...spec.process.env, "${name}=${value}"] } },
  }),
}`;
