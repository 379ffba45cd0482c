import { describe, expect, it } from "vitest";

import { assertUtf8Arguments } from "../../../src/cli/arguments.ts";
import { CliError } from "../../../src/cli/errors.ts";

const bytes = (text: string) => () => Buffer.from(text, "latin1");

describe("assertUtf8Arguments()", () => {
  it("looks at the kernel's bytes only when an argument holds the replacement character", () => {
    const unread = () => {
      throw new Error("was read");
    };
    expect(() => assertUtf8Arguments(["state", "\u00e9"], unread)).not.toThrow();
    expect(() => assertUtf8Arguments(["state", "\uFFFD"], unread)).toThrow("was read");
  });

  it("tells bytes that were replaced from the character itself", () => {
    expect(() => assertUtf8Arguments(["a\uFFFD"], bytes("runtime\0a\xff\0"))).toThrow(CliError);
    expect(() => assertUtf8Arguments(["a\uFFFD"], bytes("runtime\0a\xef\xbf\xbd\0"))).not.toThrow();
  });
});
