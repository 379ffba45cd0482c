import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/**
 * The serialized google.protobuf.FileDescriptorProto in every *.pb.go below a directory. The generators wrote it as a
 * gzipped byte array (gogo), a plain byte array, or, lately, a string literal.
 */
export function readGoDescriptors(directory: string): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".pb.go")) continue;
    const descriptor = descriptorIn(readFileSync(join(entry.parentPath, entry.name), "utf8"));
    if (descriptor !== undefined) found.push(descriptor);
  }
  return found;
}

function descriptorIn(source: string): Uint8Array | undefined {
  const array = /^var (fileDescriptor_\w+|file_\w+_rawDesc) = \[\]byte\{([^}]*)\}/m.exec(source);
  if (array !== null) {
    const bytes = Buffer.from(
      [...(array[2] ?? "").replace(/\/\/.*$/gm, "").matchAll(/0x([0-9a-f]{2})/g)].map(([, hex]) =>
        Number.parseInt(hex ?? "", 16),
      ),
    );
    return array[1]?.startsWith("fileDescriptor_") === true ? gunzipSync(bytes) : bytes;
  }
  const literal = /^const file_\w+_rawDesc = ((?:[ \t\n+]*"(?:[^"\\\n]|\\.)*")+)/m.exec(source);
  if (literal === null) return undefined;
  const parts = (literal[1] ?? "").match(/"(?:[^"\\\n]|\\.)*"/g) ?? [];
  return Buffer.concat(parts.map((part) => unquoteGo(part.slice(1, -1))));
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
  '"': 34,
};

/** The bytes of an interpreted Go string literal: \x41 is a byte, \u0041 and everything unescaped UTF-8. */
function unquoteGo(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const [, hex, unicode, simple, plain] of text.matchAll(
    /\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\(.)|([^\\]+)/g,
  )) {
    if (hex !== undefined) parts.push(Buffer.from(hex, "hex"));
    else if (unicode !== undefined)
      parts.push(Buffer.from(String.fromCharCode(Number.parseInt(unicode, 16))));
    else if (simple !== undefined) parts.push(Buffer.from([SIMPLE_ESCAPES[simple] ?? 0]));
    else parts.push(Buffer.from(plain ?? ""));
  }
  return Buffer.concat(parts);
}
