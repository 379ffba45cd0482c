import { hostProcess } from "./host-process.ts";
import { osVolume } from "./os-volume.ts";
import type { Transform } from "./transform.ts";

/**
 * The transforms that are built in, in the order in which they run: what the rootfs is made from, what takes its place, a
 * container that is a whole system, a process on the host (`STAGES`). The node's own come after them.
 */
export const BUILT_IN: readonly Transform[] = [osVolume, hostProcess];
