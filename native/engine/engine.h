/* The launcher of gantry-runtime. */
#ifndef GANTRY_ENGINE_H
#define GANTRY_ENGINE_H

#include <stdbool.h>

/* Variables of ours for the engine begin with this; what a caller has set by that name is not passed on. */
#define LAUNCH_PREFIX "GANTRY_LAUNCH_"

/* The caller's environment without what steers an engine, and `more`. A worker lives long enough to be compiled. NULL: no memory. */
char **engine_environment(bool is_worker, const char *const more[]);

/*
 * Whether the engine has to be asked what this process becomes. A guess that costs nothing: where it is true and the engine has
 * nobody to delegate to, the engine has been started twice.
 */
bool may_delegate(char *const argv[]);

/*
 * Ask the engine, and become what it names: a runtime that finds everything as our caller left it, process, arguments,
 * descriptors, signals and limits. The exit status of whatever was carried out; -1: the engine itself is wanted in our place.
 */
int delegate(const char *engine, char **argv);

#endif
