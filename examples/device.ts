/**
 * Gives a container the devices that its annotation `example.com/device` names by number: "0", or "0,2".
 *
 *     [transforms]
 *     enabled = ["device"]
 *     [transforms.options.device]
 *     path = "/dev/accel"        # followed by the number
 *     variable = "ACCEL_VISIBLE"
 *
 * containerd hands the annotation on when the handler's `pod_annotations` has "example.com/*".
 */
import { defineTransform, type TransformRequests } from "gantry";

const ANNOTATION = "example.com/device";
const MAX_DEVICES = 16;

/** The value was written by whoever writes pods: numbers, and nothing else, may become part of a path. */
function devicesOf({ annotations, options }: TransformRequests): {
  readonly numbers: string[];
  readonly paths: string[];
} {
  const value = annotations[ANNOTATION] ?? "";
  const numbers = [...new Set(value.split(","))];
  if (numbers.length > MAX_DEVICES || !numbers.every((number) => /^(0|[1-9][0-9]?)$/.test(number))) {
    throw new Error(
      `annotation ${ANNOTATION} must be numbers with commas between them, got ${JSON.stringify(value)}`,
    );
  }
  const path = typeof options["path"] === "string" ? options["path"] : "/dev/accel";
  return { numbers, paths: numbers.map((number) => `${path}${number}`) };
}

export default defineTransform({
  annotations: [ANNOTATION],

  applies(spec, requests) {
    if (requests.annotations[ANNOTATION] === undefined) {
      return { applies: false, reason: `there is no annotation ${ANNOTATION}` };
    }
    const { paths } = devicesOf(requests);
    const has = (path: string): boolean =>
      spec.linux?.devices?.some((device) => device.path === path) ?? false;
    return paths.every(has)
      ? { applies: false, reason: "the devices are there already" }
      : { applies: true, reason: `annotation ${ANNOTATION} asks for ${paths.join(", ")}` };
  },

  facts: (_spec, requests) => devicesOf(requests).paths.map((path) => ({ kind: "stat", path })),

  apply(spec, facts, requests) {
    const { numbers, paths } = devicesOf(requests);
    const devices = paths.map((path) => {
      const found = facts.stat(path);
      if (found?.type !== "character")
        throw new Error(`annotation ${ANNOTATION}: this node has no device ${path}`);
      const { major, minor } = found;
      return { path, type: "c" as const, major, minor, fileMode: 0o666, uid: 0, gid: 0 };
    });
    const rules = devices.map(({ major, minor }) => ({ allow: true, type: "c", major, minor, access: "rw" }));
    const resources = spec.linux?.resources;
    const variable = requests.options["variable"];
    const env = typeof variable === "string" ? [`${variable}=${numbers.join(",")}`] : [];
    return {
      spec: {
        ...spec,
        process: { ...spec.process, env: [...(spec.process.env ?? []), ...env] },
        linux: {
          ...spec.linux,
          devices: [...(spec.linux?.devices ?? []), ...devices],
          resources: { ...resources, devices: [...(resources?.devices ?? []), ...rules] },
        },
      },
    };
  },
});
