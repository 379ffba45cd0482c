import { messageOf } from "../core/errors.ts";
import type { OptionsAny } from "./bootstrap.ts";
import { ShimError } from "./errors.ts";

/** What the runtime options (containerd.runc.v1.Options, containerd.linux.runc.CreateOptions) mean to gantry. */
export interface RuntimeOptions {
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  readonly isSystemdCgroup: boolean;
  /** cgroup to put the server in; empty: leave it. */
  readonly shimCgroup: string;
  /** Absolute path of a gantry-runtime to use instead of the usual one; empty: the usual. */
  readonly runtimePath: string;
  /** Directory that holds the state roots of the containerd namespaces; empty: /run/gantry. */
  readonly root: string;
  /** Absolute path of the handler's own node configuration; empty: the usual one. */
  readonly configPath: string;
}

const RUNC_OPTIONS = "containerd.runc.v1.Options";
// Go clients of containerd 1.x wrap what they ask of a task (`WithShimCgroup`, `WithNoPivotRoot`, …) in this one when the
// runtime's name does not begin with "io.containerd.runc", as ours does not.
const CREATE_OPTIONS = "containerd.linux.runc.CreateOptions";

/** Options that ask for nothing. */
export const NO_OPTIONS: RuntimeOptions = {
  noPivot: false,
  noNewKeyring: false,
  isSystemdCgroup: false,
  shimCgroup: "",
  runtimePath: "",
  root: "",
  configPath: "",
};

/**
 * Understand the options Any of `start`, `-info` and Create. `runtimeoptions.v1.Options` is what runtimes get
 * that containerd does not know: of it the path of a configuration file counts. `IoUid` and `IoGid` need no attention: the
 * monitor gives stdio to the process's own user.
 *
 * @throws {ShimError} codes "bad-request" (not decodable, unknown type), "refused" (asks for what gantry cannot do)
 */
export async function parseOptions(any: OptionsAny | undefined): Promise<RuntimeOptions> {
  if (any === undefined || any.typeUrl === "") return NO_OPTIONS;
  const name = any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1);
  if (name === "runtimeoptions.v1.Options") return parseGenericOptions(any.value);
  if (name !== RUNC_OPTIONS && name !== CREATE_OPTIONS) {
    throw new ShimError("bad-request", `options of type ${JSON.stringify(any.typeUrl)} are not supported`);
  }
  const { containerd } = await import("../gen/options.js");
  const { Options } = containerd.runc.v1;
  let options: InstanceType<typeof Options>;
  try {
    options =
      name === RUNC_OPTIONS
        ? Options.decode(any.value)
        : // What the two have in common has the same names.
          Options.create(containerd.linux.runc.CreateOptions.decode(any.value));
  } catch (error) {
    throw new ShimError("bad-request", `options: not a ${name}: ${messageOf(error)}`, { cause: error });
  }
  return {
    noPivot: options.noPivotRoot,
    noNewKeyring: options.noNewKeyring,
    isSystemdCgroup: options.systemdCgroup,
    shimCgroup: options.shimCgroup,
    runtimePath: parseBinaryName(options.binaryName),
    root: parsePath(options.root, "Root"),
    configPath: "",
  };
}

async function parseGenericOptions(value: Uint8Array): Promise<RuntimeOptions> {
  const { runtimeoptions } = await import("../gen/options.js");
  let options: InstanceType<typeof runtimeoptions.v1.Options>;
  try {
    options = runtimeoptions.v1.Options.decode(value);
  } catch (error) {
    throw new ShimError("bad-request", `options: not runtimeoptions.v1.Options: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return { ...NO_OPTIONS, configPath: parsePath(options.configPath, "ConfigPath") };
}

// Another runtime's command line lacks what the shim asks of gantry-runtime (docs/ARCHITECTURE.md): going on with
// ours would run containers by another program than the one that was configured.
function parseBinaryName(binaryName: string): string {
  if (binaryName === "" || binaryName === "gantry-runtime") return "";
  if (binaryName.startsWith("/") && binaryName.endsWith("/gantry-runtime")) return binaryName;
  throw new ShimError("refused", `option BinaryName: ${JSON.stringify(binaryName)} is not a gantry-runtime`);
}

function parsePath(path: string, option: string): string {
  if (path === "" || path.startsWith("/")) return path;
  throw new ShimError("bad-request", `option ${option}: ${JSON.stringify(path)} is not an absolute path`);
}
