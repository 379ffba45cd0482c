// An image registry for suites that pull: it answers for every host and every repository, with images made here.
//
//   node registry.mjs BUSYBOX KEY CERTIFICATE [PORT]
//
// Says "ready" once it serves (HTTPS, on loopback). Which image it is, the last part of the repository's name decides
// (IMAGES below); one tag is as good as another, but for those that tests expect not to exist.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [busybox, key, certificate, port = "443"] = process.argv.slice(2);
if (certificate === undefined) {
  process.stderr.write("usage: node registry.mjs BUSYBOX KEY CERTIFICATE [PORT]\n");
  process.exit(2);
}

const TYPES = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
};
const EPOCH = "1970-01-01T00:00:00Z";
const ARCHITECTURE = { x64: "amd64", arm64: "arm64" }[process.arch] ?? process.arch;

const SHELL = { layers: [system], config: { Cmd: ["/bin/sh"] } };
const VOLUME = { Cmd: ["/bin/sh"], Volumes: { "/test_dir": {} } };
const IMAGES = {
  // Ends at once when it is told to, as the real one does.
  pause: {
    layers: [system],
    config: { Entrypoint: ["/bin/sh", "-c", "trap 'exit 0' TERM INT; sleep 999999 & wait"] },
  },
  "volume-copy-up": { layers: [system, copyUp], config: VOLUME },
  "volume-ownership": { layers: [system, ownership], config: VOLUME },
  // podman's own: what its tests expect in it.
  testimage: {
    layers: [system, podmansFiles],
    config: {
      Cmd: ["/bin/echo", "This container is intended for podman CI testing"],
      WorkingDir: "/home/podman",
      Labels: { created_by: "test/system/build-testimage", created_at: "2022-06-15T00:00:00Z" },
    },
  },
};

/** Everything there is to fetch: digest → { type, bytes }. */
const blobs = new Map();
const manifests = new Map();

function imageOf(repository, tag) {
  const name = repository.split("/").at(-1) ?? "";
  // podman pulls its image by such a tag when it wants another one.
  const image = (tag.startsWith("0000") ? undefined : IMAGES[name]) ?? SHELL;
  let manifest = manifests.get(image);
  if (manifest === undefined) {
    manifest = addImage(image);
    manifests.set(image, manifest);
  }
  return manifest;
}

function addImage({ layers, config }) {
  const made = layers.map(layerOf);
  const configBlob = addJson(TYPES.config, {
    created: EPOCH,
    architecture: ARCHITECTURE,
    os: "linux",
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], ...config },
    rootfs: { type: "layers", diff_ids: made.map(({ diffId }) => diffId) },
    history: made.map(() => ({ created: EPOCH, created_by: "gantry" })),
  });
  return addJson(TYPES.manifest, {
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: configBlob,
    layers: made.map(({ blob }) => blob),
  });
}

const finished = new Map();
function layerOf(fill) {
  const known = finished.get(fill);
  if (known !== undefined) return known;
  const tree = mkdtempSync(join(tmpdir(), "gantry-layer-"));
  chmodSync(tree, 0o755);
  try {
    fill(tree);
    const tar = execFileSync("tar", ["-C", tree, "--numeric-owner", "-cf", "-", "."], { maxBuffer: 1 << 28 });
    const packed = execFileSync("gzip", ["-n", "-1"], { input: tar, maxBuffer: 1 << 28 });
    const layer = { diffId: digestOf(tar), blob: addBlob(TYPES.layer, packed) };
    finished.set(fill, layer);
    return layer;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function system(tree) {
  for (const name of [
    "bin",
    "dev",
    "proc",
    "sys",
    "run",
    "tmp",
    "usr/bin",
    "srv",
    "root",
    "mnt",
    "etc",
    "home",
    "var/log",
  ]) {
    mkdirSync(join(tree, name), { recursive: true });
  }
  chmodSync(join(tree, "tmp"), 0o1777);
  copyFileSync(busybox, join(tree, "bin/busybox"));
  chmodSync(join(tree, "bin/busybox"), 0o755);
  for (const applet of execFileSync(busybox, ["--list"], { encoding: "utf8" }).split("\n")) {
    if (applet !== "" && applet !== "busybox") symlinkSync("busybox", join(tree, "bin", applet));
  }
  const users = [
    ["root", 0, "/root", "/bin/sh"],
    ["daemon", 1, "/usr/sbin", "/bin/false"],
    ["bin", 2, "/bin", "/bin/false"],
    ["sys", 3, "/dev", "/bin/false"],
    ["sync", 4, "/bin", "/bin/sync"],
    ["mail", 8, "/var/spool/mail", "/bin/false"],
    ["www-data", 33, "/var/www", "/bin/false"],
    ["nobody", 65534, "/home", "/bin/false"],
  ];
  const text = (line) => users.map(line).join("");
  writeFileSync(
    join(tree, "etc/passwd"),
    text(([name, id, home, shell]) => `${name}:x:${id}:${id}:${name}:${home}:${shell}\n`),
  );
  const group = ([name, id]) => `${name === "nobody" ? "nogroup" : name}:x:${id}:\n`;
  writeFileSync(join(tree, "etc/group"), `${text(group)}wheel:x:10:root\n`);
  writeFileSync(
    join(tree, "etc/shadow"),
    text(([name]) => `${name}:*::0:::::\n`),
  );
}

function copyUp(tree) {
  mkdirSync(join(tree, "test_dir"));
  writeFileSync(join(tree, "test_dir/test_file"), "test_content\n");
}

function ownership(tree) {
  mkdirSync(join(tree, "test_dir"));
  execFileSync("chown", ["65534:65534", join(tree, "test_dir")]);
}

function podmansFiles(tree) {
  const directory = join(tree, "home/podman");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "testimage-id"), "20220615\n");
  utimesSync(join(directory, "testimage-id"), 1_600_000_000, 1_600_000_000);
  const pause = "#!/bin/sh\necho Confirmed: testimage pause invoked as $0\nwhile :; do sleep 0.1; done\n";
  writeFileSync(join(directory, "pause"), pause, { mode: 0o755 });
  mkdirSync(join(tree, "etc"));
  symlinkSync("/proc/mounts", join(tree, "etc/mtab"));
  // Debian's busybox has none.
  const printenv = `#!/bin/sh
[ $# -eq 0 ] || name="$1="
tr '\\0' '\\n' </proc/$$/environ | sed -n "s/^$name//p"
`;
  mkdirSync(join(tree, "bin"));
  writeFileSync(join(tree, "bin/printenv"), printenv, { mode: 0o755 });
}

function addJson(type, value) {
  return addBlob(type, Buffer.from(JSON.stringify(value)));
}

function addBlob(mediaType, bytes) {
  const digest = digestOf(bytes);
  blobs.set(digest, { mediaType, bytes });
  return { mediaType, digest, size: bytes.length };
}

function digestOf(bytes) {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

const server = createServer(
  { key: readFileSync(key), cert: readFileSync(certificate) },
  (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "https://registry");
    if (/^\/v2\/?$/.test(pathname)) return void response.end();
    const [, repository, kind, reference] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(pathname) ?? [];
    if (repository === undefined || !["GET", "HEAD"].includes(request.method ?? "")) return refuse(response);
    const isTag = kind === "manifests" && !reference.startsWith("sha256:");
    if (isTag && /missing|not-?exist/.test(`${repository}:${reference}`)) return refuse(response);
    const digest = isTag ? imageOf(repository, reference).digest : reference;
    const blob = blobs.get(digest);
    if (blob === undefined) return refuse(response);
    response.writeHead(200, {
      "Content-Type": kind === "blobs" ? "application/octet-stream" : blob.mediaType,
      "Content-Length": blob.bytes.length,
      "Docker-Content-Digest": digest,
    });
    response.end(request.method === "HEAD" ? undefined : blob.bytes);
  },
);

function refuse(response) {
  response.writeHead(404, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "not here" }] }));
}

server.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
