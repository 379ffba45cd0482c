#!/usr/bin/env bash
# Unpacks Debian packages of any suite, with everything they depend on, without touching the host's package database.
#
#   scripts/debian-suite.sh [--alone] SUITE PACKAGE [PACKAGE…]
#   scripts/debian-suite.sh --source SUITE PACKAGE
#
# With --alone nothing they depend on is fetched, and the directory is named <first package>-alone.
# With --source the upstream part of a source package is unpacked, in <package>-source/root, beside a file "version". The last
# line printed is that root.
# The result is .cache/debian/SUITE/<first package>/root (the merged files) and …/bin (its programs, ready to be
# run; those whose libraries the host lacks are started through the unpacked dynamic linker). The last line printed
# is that bin directory. A second call with the same packages prints it at once; delete the directory to fetch anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

kind=
if [ "${1:-}" = --alone ] || [ "${1:-}" = --source ]; then
  kind=${1#-}
  shift
fi
[ $# -ge 2 ] || die "usage: scripts/debian-suite.sh [--alone|--source] SUITE PACKAGE…"
suite=$1
shift
packages=("$@")
dir=$PWD/.cache/debian/$suite
out=$dir/$1$kind
apt=$dir/apt archive=deb result=$out/bin
[ "$kind" != -source ] || apt=$dir/apt-source archive=deb-src result=$out/root

if [ "$(cat "$out/complete" 2>/dev/null)" = "${packages[*]}" ]; then
  echo "$result"
  exit 0
fi
take_lock "debian-$suite"
if [ "$(cat "$out/complete" 2>/dev/null)" = "${packages[*]}" ]; then
  echo "$result"
  exit 0
fi

# The Debian archives the host itself uses ("uri components signed-by" a line): deb822 and one-line files.
debian_archives() {
  local file
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    awk -v RS='' '
      { types=uris=comps=key=""; suites=""; n = split($0, line, "\n")
        for (i = 1; i <= n; i++) {
          if (line[i] ~ /^#/) continue
          name = tolower(line[i]); sub(/:.*/, "", name); value = line[i]; sub(/^[^:]*:[ \t]*/, "", value)
          if (name == "types") types = value; if (name == "uris") uris = value; if (name == "suites") suites = value
          if (name == "components") comps = value; if (name == "signed-by") key = value }
        if (types ~ /(^| )deb( |$)/ && suites ~ /(^| )(bookworm|trixie|forky|sid|stable|testing|oldstable)( |$)/) {
          split(uris, uri, " "); gsub(/ /, ",", comps); print uri[1], comps, (key ~ /^\// ? key : "-") } }' "$file"
  done
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk '
    $1 == "deb" { key = "-"; at = 2
      if ($2 ~ /^\[/) { while ($at !~ /\]$/) at++; at++
        if (match($0, /signed-by=[^] ]+/)) key = substr($0, RSTART + 10, RLENGTH - 10) }
      if ($(at + 1) ~ /^(bookworm|trixie|forky|sid|stable|testing|oldstable)$/) {
        comps = $(at + 2); for (i = at + 3; i <= NF; i++) comps = comps "," $i; print $at, comps, key } }'
}

# Reads none of the host's apt configuration (its hooks would touch the host) but how to reach the network.
apt_private() {
  APT_CONFIG=$apt/apt.conf apt-get -q=2 "$@"
}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f "$keyring" ] || die "no $keyring: install debian-archive-keyring"

prepare_apt() {
  local uri components key
  rm -rf "$apt"
  mkdir -p "$apt"/{etc/parts,etc/preferences.d,etc/trusted.gpg.d,state/lists/partial,cache/archives/partial,log}
  : >"$apt/status"
  {
    apt-config dump Acquire
    cat <<CONF
Dir::Etc "$apt/etc";
Dir::Etc::parts "$apt/etc/parts";
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Log "$apt/log";
APT::Architecture "$(dpkg --print-architecture)";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
  } >"$apt/apt.conf"
  read -r uri components key < <(debian_archives | head -n 1) ||
    die "found no Debian archive in /etc/apt/sources.list and /etc/apt/sources.list.d"
  [ "$key" != - ] || key=$keyring
  echo "$archive [signed-by=$key] $uri $suite ${components//,/ }" >"$apt/etc/sources.list"
  if ! apt_private update >"$apt/log/update" 2>&1; then
    cat "$apt/log/update" >&2
    die "the package lists of Debian $suite cannot be read"
  fi
}

# Upstream's archive alone: Debian's own part is not needed, and mirrors have been seen without it.
fetch_upstream() {
  local uri file hash
  apt_private source --print-uris "$1" >"$apt/log/uris"
  read -r uri file _ hash < <(grep -E "\.orig\.tar\.[a-z0-9]+ " "$apt/log/uris" | tr -d "'")
  file=${file#*_}
  file=${file%.orig.tar.*}
  echo "${file%+ds*}" >"$out/version"
  APT_CONFIG=$apt/apt.conf /usr/lib/apt/apt-helper download-file "$uri" "$out/cache/upstream" "$hash"
}

say "fetching ${packages[*]} of Debian $suite"
[ -n "$(find "$apt/state/lists" -name '*_Packages*' -mtime -7 -o -name '*_Sources*' -mtime -7 2>/dev/null)" ] || prepare_apt

# An empty status file makes apt fetch every dependency, the C library included.
rm -rf "$out"
mkdir -p "$out/root" "$out/bin" "$out/cache/archives/partial"
if [ "$kind" = -alone ]; then
  (cd "$out/cache/archives" && apt_private download "${packages[@]}")
elif [ "$kind" = -source ]; then
  fetch_upstream "${packages[@]}"
else
  apt_private -o Dir::Cache::archives="$out/cache/archives" --download-only -y install "${packages[@]}"
fi >"$apt/log/install" 2>&1 || { cat "$apt/log/install" >&2; die "could not fetch ${packages[*]} of Debian $suite"; }
if [ "$kind" = -source ]; then
  tar -x -f "$out/cache/upstream" -C "$out/root" --strip-components=1 --no-same-owner
  rm -rf "$out/cache" "$out/bin"
  echo "${packages[*]}" >"$out/complete"
  echo "$result"
  exit 0
fi
for deb in "$out"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$out/root" --no-same-owner --keep-directory-symlink
done
rm -rf "$out/cache"

# Programs of the packages asked for; a wrapper only where the host's own libraries do not do.
linker=$(find "$out/root" -name 'ld-linux-*.so.*' | head -n 1)
libraries=$(find "$out/root" -name 'libc.so.6' -printf '%h:')$out/root/lib/$(uname -m)-linux-gnu:$out/root/usr/lib/$(uname -m)-linux-gnu
for program in "$out"/root/{usr/,}{bin,sbin}/*; do
  [ -f "$program" ] && [ -x "$program" ] || continue
  name=${program##*/}
  [ ! -e "$out/bin/$name" ] || continue
  if ldd "$program" >"$apt/log/ldd" 2>&1 && grep -qE 'not found' "$apt/log/ldd"; then
    cat >"$out/bin/$name" <<WRAPPER
#!/bin/sh
exec "$linker" --library-path "$libraries" "$program" "\$@"
WRAPPER
    chmod 755 "$out/bin/$name"
  else
    ln -sr "$program" "$out/bin/$name" # a copy of the directory goes on to work
  fi
done
echo "${packages[*]}" >"$out/complete"
echo "$result"
