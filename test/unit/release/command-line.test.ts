import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bashCompletion } from "../../../scripts/command-line/bash.ts";
import { fishCompletion } from "../../../scripts/command-line/fish.ts";
import { manualPage } from "../../../scripts/command-line/manual.ts";
import { PROGRAMS, type Program } from "../../../scripts/command-line/program.ts";
import { zshCompletion } from "../../../scripts/command-line/zsh.ts";
import type { FlagDef } from "../../../src/cli/flags.ts";
import { run, runOk } from "../../helpers/run.ts";

const dir = mkdtempSync(join(tmpdir(), "gantry-command-line-"));
afterAll(() => rmSync(dir, { recursive: true }));

/** One flag and one text of each kind that a shell or roff could take for something else. */
const HOSTILE: Program = {
  name: "odd-one",
  version: "1",
  section: 8,
  summary: "it's [odd]: \\n $(touch odd) `touch odd`",
  description: [".SH not a heading", "'br"],
  globals: [{ name: "root", kind: "string", value: "DIR", help: "'a' [b]: $c \\ `d` …" }],
  commands: [
    { name: "do it", usage: "", summary: "'quoted' $(touch odd)", flags: [] },
    {
      name: "choose",
      usage: "left|right [NAME]",
      summary: ".a",
      flags: [{ name: "list", alias: "l", kind: "list", value: "A:B", help: "x'y]" }],
    },
  ],
  exits: [["0", "'"]],
  files: [["/a'b", "c"]],
  seeAlso: [],
};

function has(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((entry) => existsSync(join(entry, program)));
}

function written(name: string, text: string, mode = 0o644): string {
  const file = join(dir, name);
  writeFileSync(file, text, { mode });
  return file;
}

/** What bash would offer for each line, with its last word to be completed; taken apart at blanks and "=", as bash does. */
async function offers(program: string, lines: readonly string[]): Promise<string[][]> {
  const definition = PROGRAMS.find(({ name }) => name === program);
  if (definition === undefined) throw new Error(program);
  const file = written(`${program}.bash`, bashCompletion(definition));
  // A stand-in for the program, which is asked for the containers there are.
  written(
    program,
    '#!/bin/sh\ncase "$*" in "--root /r list --quiet") echo one two ;; *) exit 1 ;; esac\n',
    0o755,
  );
  const script = `
    . "$1"
    [[ $(complete -p ${program}) =~ -F\\ ([^ ]+) ]]
    while read -r line; do
      mapfile -d ' ' -t COMP_WORDS < <(printf %s "$line "); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      COMP_WORDS=("\${COMP_WORDS[@]/#@/}")
      "\${BASH_REMATCH[1]}" ${program}
      echo "\${COMPREPLY[*]}"
    done`;
  const env = { ...process.env, PATH: `${dir}:${process.env["PATH"]}` };
  // An empty last word would be lost, so each word has a mark.
  const input = lines
    .map(
      (line) =>
        `${line
          .split(/ |(?==)|(?<==)/)
          .map((word) => `@${word}`)
          .join(" ")}\n`,
    )
    .join("");
  const stdout = await runOk("bash", ["-c", script, "bash", file], { env, cwd: dir, input });
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" ").filter((word) => word !== ""));
}

describe("bashCompletion()", () => {
  it.each([
    ["gantry", "gantry pl", ["plan"]],
    ["gantry", "gantry node ", ["install", "uninstall", "status", "check", "upgrade"]],
    ["gantry", "gantry node un", ["uninstall"]],
    ["gantry", "gantry node install --bin", ["--bin-dir"]],
    ["gantry", "gantry node install --bin-dir=/us", ["/usr"]],
    ["gantry", "gantry --root /us", ["/usr"]],
    ["gantry", "gantry --root /usr plan --ex", ["--explain"]],
    ["gantry", "gantry plan --bundle /etc/os-relea", []],
    ["gantry", "gantry --config /etc/os-relea", ["/etc/os-release"]],
    ["gantry", "gantry overlay ", ["ls", "reset", "rm"]],
    ["gantry", "gantry overlay r", ["reset", "rm"]],
    ["gantry", "gantry overlay rm ", []],
    ["gantry-runtime", "gantry-runtime --root /r state ", ["one", "two"]],
    ["gantry-runtime", "gantry-runtime --root=/r kill o", ["one"]],
    ["gantry-runtime", "gantry-runtime --root /other kill o", []],
    ["gantry-runtime", "gantry-runtime create ", []],
    ["gantry-runtime", "gantry-runtime exec --process-l", ["--process-label"]],
    ["gantry-runtime", "gantry-runtime nothing --", []],
  ])("%s: %s", async (program, line, wanted) => {
    expect(await offers(program, [line])).toEqual([wanted]);
  });

  it.each(PROGRAMS)("knows every command and every flag of $name", async ({ name, commands, globals }) => {
    const flagsOf = (flags: readonly FlagDef[]): string[] =>
      flags.flatMap((flag) => [`--${flag.name}`, ...(flag.alias ? [`-${flag.alias}`] : [])]);
    expect(await offers(name, [`${name} -`])).toEqual([flagsOf(globals)]);
    const found = await offers(
      name,
      commands.map((command) => `${name} ${command.name} -`),
    );
    expect(found).toEqual(commands.map(({ flags }) => flagsOf(flags)));
    const words = await offers(
      name,
      commands.map((command) => `${name} ${command.name}`),
    );
    expect(words).toEqual(
      commands.map((command) => expect.arrayContaining(command.name.split(" ").slice(-1))),
    );
  });
});

describe.each([...PROGRAMS, HOSTILE])("of $name", (program) => {
  it("bashCompletion() is bash", async () => {
    await runOk("bash", ["-n", written("syntax.bash", bashCompletion(program))]);
  });

  it("zshCompletion() is zsh", async ({ skip }) => {
    if (!has("zsh")) skip("zsh is not installed");
    await runOk("zsh", ["-n", written("syntax.zsh", zshCompletion(program))]);
  });

  it("fishCompletion() is fish, and completes", async ({ skip }) => {
    const text = fishCompletion(program);
    if (!has("fish")) skip("fish is not installed");
    const file = written("syntax.fish", text);
    await runOk("fish", ["--no-execute", file]);
    const [command] = program.commands;
    const first = command?.name.split(" ")[0] ?? "";
    const line = `source ${file}; complete -C "${program.name} ${first}"`;
    expect(
      await runOk("fish", ["--no-config", "-c", line], { env: { ...process.env, HOME: dir } }),
    ).toContain(first);
  });

  it("manualPage() has every command and flag as text, and nothing that roff would obey", () => {
    const page = manualPage(program);
    expect(page).toMatch(/^[\n\x20-\x7e]*$/);
    const requests = page.split("\n").filter((line) => /^[.']/.test(line));
    for (const request of requests) expect(request).toMatch(/^\.(TH|SH|SS|TP|PP)( |$)/);
    expect(requests.filter((line) => line.startsWith(".SH"))).toHaveLength(8);
    for (const { name, flags } of program.commands) {
      expect(page).toContain(`.SS ${name.replaceAll("-", "\\-")}`);
      for (const flag of flags) expect(page).toContain(`\\fB\\-\\-${flag.name.replaceAll("-", "\\-")}\\fR`);
    }
  });

  it("manualPage() is taken by groff without a warning", async ({ skip }) => {
    if (!has("groff")) skip("groff is not installed");
    const { code, stdout, stderr } = await run("groff", ["-man", "-ww", "-Tutf8", "-P-cbou"], {
      input: manualPage(program),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [first] = program.commands;
    expect(stdout).toContain(first?.name);
  });
});
