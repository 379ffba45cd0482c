// Makes a small container image (an OCI image layout in a tar file) from a static busybox; no network.
//
//   node scripts/make-image.mjs BUSYBOX OUTPUT_DIRECTORY
//
// Writes OUTPUT_DIRECTORY/image.tar, for `ctr images import`, `docker load` and `podman load`, and OUTPUT_DIRECTORY/image.json:
// {"name": image reference, "chainId": name of the unpacked snapshot, "layers": number of layers}.
// Several layers on purpose: an overlay with one lower directory would hide mistakes.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const NAME = "gantry.test/busybox:1";
const ARCHITECTURE = { x64: "amd64", arm64: "arm64" }[process.arch] ?? process.arch;
const EPOCH = "1970-01-01T00:00:00Z"; // the same bytes in, the same digest out

const [busybox, output] = process.argv.slice(2);
if (busybox === undefined || output === undefined) {
  process.stderr.write("usage: node scripts/make-image.mjs BUSYBOX OUTPUT_DIRECTORY\n");
  process.exit(2);
}

const work = mkdtempSync(join(tmpdir(), "gantry-image-"));
try {
  makeImage(work);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function makeImage(directory) {
  const layout = join(directory, "layout");
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });

  const diffIds = [systemLayer, accountsLayer, filesLayer].map((fill, index) => {
    const tree = join(directory, `layer${index}`);
    mkdirSync(tree);
    fill(tree);
    return addBlob(layout, tarOf(tree));
  });
  const config = addJson(layout, {
    created: EPOCH,
    architecture: ARCHITECTURE,
    os: "linux",
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["/bin/sh"] },
    rootfs: { type: "layers", diff_ids: diffIds.map((layer) => layer.digest) },
    history: diffIds.map(() => ({ created: EPOCH, created_by: "scripts/make-image.mjs" })),
  });
  const manifest = addJson(layout, {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
    layers: diffIds.map((layer) => ({ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer })),
  });
  writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(
    join(layout, "index.json"),
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [
        {
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          ...manifest,
          platform: { architecture: ARCHITECTURE, os: "linux" },
          annotations: { "io.containerd.image.name": NAME, "org.opencontainers.image.ref.name": "1" },
        },
      ],
    }),
  );

  // For dockers before 25, which do not read an OCI layout.
  writeFileSync(
    join(layout, "manifest.json"),
    JSON.stringify([{ Config: blobPath(config), RepoTags: [NAME], Layers: diffIds.map(blobPath) }]),
  );

  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, "image.tar.new"), tarOf(layout));
  renameSync(join(output, "image.tar.new"), join(output, "image.tar"));
  const chainId = chainIdOf(diffIds.map((layer) => layer.digest));
  writeFileSync(
    join(output, "image.json"),
    `${JSON.stringify({ name: NAME, chainId, layers: diffIds.length })}\n`,
  );
}

function systemLayer(tree) {
  for (const name of ["bin", "dev", "proc", "sys", "run", "tmp", "usr/bin", "root", "mnt"]) {
    mkdirSync(join(tree, name), { recursive: true });
  }
  execFileSync("chmod", ["1777", join(tree, "tmp")]);
  execFileSync("chmod", ["700", join(tree, "root")]);
  copyFileSync(busybox, join(tree, "bin/busybox"));
  execFileSync("chmod", ["755", join(tree, "bin/busybox")]);
  const applets = execFileSync(busybox, ["--list"], { encoding: "utf8" }).split("\n");
  for (const applet of applets) {
    if (applet !== "" && applet !== "busybox") symlinkSync("busybox", join(tree, "bin", applet));
  }
}

function accountsLayer(tree) {
  put(tree, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n");
  put(tree, "etc/group", "root:x:0:\nuser:x:1000:\nextra:x:2000:user\n");
  mkdirSync(join(tree, "home/user"), { recursive: true });
  execFileSync("chown", ["1000:1000", join(tree, "home/user")]);
}

function filesLayer(tree) {
  put(tree, "etc/gantry-image", "made by scripts/make-image.mjs\n");
  put(tree, "srv/readme", "the top layer\n");
}

function put(tree, name, text) {
  mkdirSync(dirname(join(tree, name)), { recursive: true });
  writeFileSync(join(tree, name), text);
}

function tarOf(tree) {
  return execFileSync(
    "tar",
    ["-c", "-C", tree, "--sort=name", "--mtime=@0", "--numeric-owner", "--format=pax"].concat(
      "--pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f",
      ".",
    ),
    { maxBuffer: 1 << 30 },
  );
}

function addBlob(layout, bytes) {
  const hex = createHash("sha256").update(bytes).digest("hex");
  writeFileSync(join(layout, "blobs/sha256", hex), bytes);
  return { digest: `sha256:${hex}`, size: bytes.length };
}

function blobPath({ digest }) {
  return digest.replace("sha256:", "blobs/sha256/");
}

function addJson(layout, value) {
  return addBlob(layout, Buffer.from(JSON.stringify(value)));
}

// OCI image specification, config.md, "Layer ChainID"
function chainIdOf([first, ...rest]) {
  return rest.reduce(
    (chain, diffId) => `sha256:${createHash("sha256").update(`${chain} ${diffId}`).digest("hex")}`,
    first,
  );
}
