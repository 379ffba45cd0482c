import { type DevicePolicy, describeException } from "../devices.ts";
import { type CgroupWrite, TOLERATE } from "../types.ts";

/**
 * A device policy for a new cgroup: everything first, because a new cgroup has its parent's list, then the exceptions.
 * @param dir the container's directory in the `devices` hierarchy
 */
export function compileV1Devices(policy: DevicePolicy, dir: string): CgroupWrite[] {
  const [defaultFile, exceptionFile] = policy.isAllowedByDefault ? ["allow", "deny"] : ["deny", "allow"];
  return [
    { path: `${dir}/devices.${defaultFile}`, value: "a *:* rwm", tolerate: TOLERATE.none },
    ...policy.exceptions.map((exception) => ({
      path: `${dir}/devices.${exceptionFile}`,
      value: describeException(exception),
      tolerate: TOLERATE.none,
    })),
  ];
}
