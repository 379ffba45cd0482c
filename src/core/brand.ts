declare const brand: unique symbol;

/** A `Base` that only a parser can make, so that look-alike strings and numbers cannot be mixed up. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** An absolute path on the host. */
export type HostPath = Brand<string, "HostPath">;
/** An absolute path as seen inside a container's rootfs. Only the native part resolves it, against a descriptor. */
export type InRootfs = Brand<string, "InRootfs">;
/** A container id that passed `parseContainerId`. */
export type ContainerId = Brand<string, "ContainerId">;
/** The id of an additional process in a container; never empty. */
export type ExecId = Brand<string, "ExecId">;
/** A process id in the runtime's own pid namespace. */
export type HostPid = Brand<number, "HostPid">;
