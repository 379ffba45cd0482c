// Makes two small container images (OCI image layouts in tar files) from a static busybox and a static pause; no network.
//
//   node scripts/make-image.mjs BUSYBOX PAUSE OUTPUT_DIRECTORY
//
// Writes OUTPUT_DIRECTORY/image.tar and pause.tar, for `ctr images import`, `docker load` and `podman load`, and image.json
// and pause.json: {"name": image reference, "chainId": name of the unpacked snapshot, "layers": number of layers}.
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

const ARCHITECTURE = { x64: "amd64", arm64: "arm64" }[process.arch] ?? process.arch;
const EPOCH = "1970-01-01T00:00:00Z"; // the same bytes in, the same digest out

const [busybox, pause, output] = process.argv.slice(2);
if (busybox === undefined || pause === undefined || output === undefined) {
  process.stderr.write("usage: node scripts/make-image.mjs BUSYBOX PAUSE OUTPUT_DIRECTORY\n");
  process.exit(2);
}

const IMAGES = [
  {
    file: "image",
    name: "gantry.test/busybox:1",
    layers: [systemLayer, accountsLayer, filesLayer],
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["/bin/sh"] },
  },
  { file: "pause", name: "gantry.test/pause:1", layers: [pauseLayer], config: { Entrypoint: ["/pause"] } },
];
for (const image of IMAGES) {
  const work = mkdtempSync(join(tmpdir(), "gantry-image-"));
  try {
    makeImage(work, image);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function makeImage(directory, { file, name, layers, config: imageConfig }) {
  const layout = join(directory, "layout");
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });

  const diffIds = layers.map((fill, index) => {
    const tree = join(directory, `layer${index}`);
    mkdirSync(tree);
    fill(tree);
    return addBlob(layout, tarOf(tree));
  });
  const config = addJson(layout, {
    created: EPOCH,
    architecture: ARCHITECTURE,
    os: "linux",
    config: imageConfig,
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
          annotations: { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": "1" },
        },
      ],
    }),
  );

  // For dockers before 25, which do not read an OCI layout.
  writeFileSync(
    join(layout, "manifest.json"),
    JSON.stringify([{ Config: blobPath(config), RepoTags: [name], Layers: diffIds.map(blobPath) }]),
  );

  mkdirSync(output, { recursive: true });
  const chainId = chainIdOf(diffIds.map((layer) => layer.digest));
  replaceFile(`${file}.tar`, tarOf(layout));
  replaceFile(`${file}.json`, `${JSON.stringify({ name, chainId, layers: diffIds.length })}\n`);
}

function replaceFile(name, content) {
  writeFileSync(join(output, `${name}.new`), content);
  renameSync(join(output, `${name}.new`), join(output, name));
}

function pauseLayer(tree) {
  copyFileSync(pause, join(tree, "pause"));
  execFileSync("chmod", ["755", join(tree, "pause")]);
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
