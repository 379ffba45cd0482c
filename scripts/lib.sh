# Shell functions that the other scripts share; sourced, with the repository's root as working directory.

say() { printf '\033[1;34m==>\033[0m %s\n' "$*" >&2; }
die() {
  printf '\033[1;31merror:\033[0m %s\n' "$*" >&2
  exit 1
}

# take_lock NAME: one process at a time past this line; held until the calling shell ends.
take_lock() {
  mkdir -p .cache/locks
  exec {lock_fd}>".cache/locks/$1"
  if ! flock --nonblock "$lock_fd"; then
    say "waiting for another run of $1"
    flock "$lock_fd"
  fi
}

# hash_of FILE…: one digest over names and contents of files (directories are walked); missing ones are skipped.
hash_of() {
  find "$@" -type f -not -path '*/build/*' -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -c1-32
}

# is_stamped NAME HASH / stamp NAME HASH: whether step NAME was last done with this input.
is_stamped() { [ "$(cat ".cache/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() {
  mkdir -p .cache/stamps
  echo "$2" >".cache/stamps/$1"
}

# pack_tree DIRECTORY FILE SECONDS: the files of a directory as a tarball whose bytes depend on their names, contents, executable
# bits and SECONDS alone. No entries for directories: unpacked in /, they would change the mode of those that are there.
pack_tree() {
  (cd "$1" && find . -type f -printf '%P\0' | LC_ALL=C sort -z |
    tar --create --format=ustar --no-recursion --null --verbatim-files-from --files-from=- \
      --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' --mtime="@$3") | gzip -n >"$2"
}
