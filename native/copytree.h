/* Copying the content of one directory into another: `tmpcopyup`. */
#ifndef GANTRY_COPYTREE_H
#define GANTRY_COPYTREE_H

/*
 * Copy everything in `from` to `to` (both open directories; `from` for reading) with types, modes, owners and times; links
 * are copied, not followed. NULL, or the step that failed with errno set.
 */
const char *copy_tree(int from, int to);

#endif
