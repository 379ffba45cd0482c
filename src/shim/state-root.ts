import { join } from "node:path";

const DEFAULT_ROOT = "/run/gantry";

/**
 * The runtime's `--root` for the containers of a containerd namespace.
 * @param root the option `Root`; empty: /run/gantry
 */
export function stateRootFor(root: string, containerdNamespace: string): string {
  return join(root || DEFAULT_ROOT, containerdNamespace);
}
