import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { expect, it } from "vitest";
import { DEFAULT_CONFIG, parseConfig } from "../../../src/transforms/config.ts";
import { repository } from "../../helpers/paths.ts";

const example = readFileSync(join(repository, "examples/config.toml"), "utf8");
const taken = (text: string) => parseConfig(parse(text), "examples/config.toml");

it("examples/config.toml says nothing as it is", () => {
  expect(parse(example)).toEqual({});
});

it("examples/config.toml has every default", () => {
  const defaults = example.replace(/^#(?=\[|[a-z_]+ = )/gm, "");
  expect(taken(defaults)).toEqual(DEFAULT_CONFIG);
  const keys = (value: object): string[] =>
    Object.values(value).flatMap((item) =>
      Array.isArray(item) || typeof item !== "object" ? [""] : keys(item),
    );
  expect(keys(parse(defaults))).toHaveLength(keys(DEFAULT_CONFIG).length);
});

it("examples/config.toml has examples that are right", () => {
  const { transforms, delegate } = taken(example.replace(/^#( e\.g\. |(?=\[|[a-z_]+ = ))/gm, ""));
  expect(transforms.options).toEqual({ "no-host-paths": { allowed: ["/var/lib/kubelet/pods"] } });
  expect(delegate).toMatchObject({ path: "/usr/bin/runsc", log: "/var/log/gantry-delegate.log" });
});
