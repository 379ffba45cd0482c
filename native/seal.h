/*
 * Protection of our own executable. A container whose program is `#!/proc/self/exe` gets hold of the file that the child
 * was started from and could write to it as root (CVE-2019-5736). So the executor first starts itself again from
 * something that cannot be written.
 */
#ifndef GANTRY_SEAL_H
#define GANTRY_SEAL_H

/*
 * Execute our own file with `argv` from a read-only mount that no namespace holds, or, where that cannot be made, from a
 * sealed copy in memory. The mount is preferred: the monitor lives on, and its pages stay shared with every other one's.
 * Returns only on failure: -1 and errno.
 */
int exec_sealed(char *const argv[]);

#endif
