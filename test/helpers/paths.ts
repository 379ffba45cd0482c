import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const repository = join(dirname(fileURLToPath(import.meta.url)), "../..");
/** Where `npm run build` leaves the executables. */
export const distBin = join(repository, "dist/bin");

/** The runtime under test: `io.containerd.gantry.v2`, or another to check the tests themselves against. */
export const testRuntime = process.env["GANTRY_TEST_RUNTIME"] ?? "io.containerd.gantry.v2";
export const isGantry = testRuntime === "io.containerd.gantry.v2";
/** Others work on this machine too: only processes that are provably ours count as leaks. */
export const isSharedMachine = process.env["GANTRY_TEST_SHARED"] === "1";

/** Debian's suites by the containerd they carry, as in scripts/bootstrap.sh. */
const SUITES = { "1.6": "bookworm", "1.7": "trixie", "2.x": "forky" } as const;
export type ContainerdVersion = keyof typeof SUITES;

/** The versions a test file runs against: GANTRY_TEST_CONTAINERD="1.6,2.x", or the oldest and the newest. */
export const containerdVersions: readonly ContainerdVersion[] = (
  process.env["GANTRY_TEST_CONTAINERD"] ?? "1.6,2.x"
)
  .split(",")
  .map((name) => {
    if (!(name in SUITES)) throw new Error(`GANTRY_TEST_CONTAINERD: unknown containerd "${name}"`);
    return name as ContainerdVersion;
  });

/** The directory of containerd, ctr and runc's shim, unpacked by scripts/bootstrap.sh. */
export function containerdBin(version: ContainerdVersion): string {
  return unpacked(SUITES[version], "containerd");
}

/** Debian 12's runc: the one that the reference shim of every containerd calls. */
export function runcPath(): string {
  return join(unpacked("bookworm", "containerd"), "runc");
}

/** Debian 12's crun. */
export function crunPath(): string {
  return join(unpacked("bookworm", "crun"), "crun");
}

/** What docker and podman are given as OCI runtime: gantry-runtime, or Debian's runc when another than ours is tested. */
export function clientRuntimePath(): string {
  return isGantry ? join(process.env["GANTRY_TEST_BIN"] ?? distBin, "gantry-runtime") : runcPath();
}

/** dockers by Debian's suites. */
const DOCKERS = { "20.10": "bookworm", "26.1": "trixie" } as const;
export type DockerVersion = keyof typeof DOCKERS;

/** The directory of dockerd and its containerd. The one client is `docker` of 20.10. */
export function dockerBin(version: DockerVersion): string {
  return unpacked(DOCKERS[version], "docker.io");
}

/** The directory of podman's files, as they would be below /. */
export function podmanRoot(): string {
  return join(unpacked("bookworm", "podman"), "../root");
}

/** What scripts/make-image.mjs made: the tar to import, the image's name, the snapshot it unpacks to. */
export interface TestImage {
  readonly tar: string;
  readonly name: string;
  readonly chainId: string;
}

/** The small busybox image, made on first use and kept below .cache/. */
export function testImage(): TestImage {
  return madeImage("image");
}

/** The image of a pod's own container: a static program that sleeps and reaps. */
export function pauseImage(): TestImage {
  return madeImage("pause");
}

function madeImage(file: string): TestImage {
  const directory = join(repository, ".cache/image");
  execFileSync("bash", [join(repository, "scripts/image.sh")], { stdio: ["ignore", "ignore", "inherit"] });
  const facts = JSON.parse(readFileSync(join(directory, `${file}.json`), "utf8"));
  return { tar: join(directory, `${file}.tar`), name: facts.name, chainId: facts.chainId };
}

/** The directory of the CNI plugins. */
export function cniBin(): string {
  return join(unpacked("bookworm", "containernetworking-plugins"), "../root/usr/lib/cni");
}

/** A directory of programs of a Debian suite, unpacked by scripts/debian-suite.sh. */
export function unpacked(suite: string, name: string): string {
  const bin = join(repository, ".cache/debian", suite, name, "bin");
  if (!existsSync(bin)) throw new Error(`${bin} is missing: run "bash scripts/bootstrap.sh test" first`);
  return bin;
}
