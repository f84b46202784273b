# Sourced by ./dev: `./dev --grpc=1.83 VERB` is `./dev VERB` in a root folder that
# has gRPC 1.83.0, g++, clang and Bazel 7.7 from Debian's sid and experimental.
# The root is in the cache. The machine's own packages stay as they are.

readonly LOOPY_DEBIAN_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg
readonly LOOPY_1_83_HOME=$LOOPY_CACHE/grpc-1.83
# The headers of other releases are there, and here are their versions.
readonly LOOPY_1_83_HEADERS=$LOOPY_1_83_HOME/headers
readonly LOOPY_HEADERS_REQUIREMENTS=tools/setup/grpc_headers_requirements.txt
# A machine that cannot have the root exits with this code, which `./dev test`
# counts as skipped.
readonly LOOPY_1_83_UNAVAILABLE=3

readonly LOOPY_1_83_PACKAGES=(
  libgrpc++-dev libgrpc-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
  libabsl-dev libnghttp2-dev libgtest-dev libgmock-dev libbenchmark-dev
  g++ clang libclang-rt-dev llvm python3 git openssl ca-certificates mount
)

unavailable() {
  say "no gRPC 1.83 here: $*"
  exit "$LOOPY_1_83_UNAVAILABLE"
}

# debian_mirror [APT_OPTION...]: prints the Debian mirror that apt is set up with.
debian_mirror() {
  apt-get "$@" indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    grep -E '/debian/?$' | sort -u | head -n 1
}

# find_mirror WORK_DIR: prints the mirror, if it has gRPC 1.83.0.
find_mirror() {
  local mirror apt=(-o Dir::State::lists="$1/lists" -o Dir::Cache="$1/cache" -o APT::Sandbox::User=root)
  mkdir -p "$1"/{lists,cache/archives}/partial
  mirror=$(debian_mirror)
  if [[ -z $mirror ]]; then # apt-get update has never been run here
    apt-get -qq "${apt[@]}" update >&2 || true
    mirror=$(debian_mirror "${apt[@]}")
  fi
  [[ -n $mirror ]] || unavailable "apt has no Debian mirror set up"
  echo "deb [signed-by=$LOOPY_DEBIAN_KEYS check-valid-until=no] $mirror experimental main" >"$1/sources.list"
  apt+=(-o Dir::Etc::sourcelist="$1/sources.list" -o Dir::Etc::sourceparts=/dev/null)
  apt-get -qq "${apt[@]}" -o APT::Update::Error-Mode=any update >&2 ||
    unavailable "the mirror that apt is set up with has no Debian experimental"
  apt-cache "${apt[@]}" madison libgrpc-dev | grep -q '| 1\.83\.0-' ||
    unavailable "the mirror that apt is set up with no longer has 1.83.0 in Debian's experimental"
  echo "$mirror"
}

# find_mmdebstrap WORK_DIR: prints its path. Unpacks it, without installing, if it is
# missing.
find_mmdebstrap() {
  if command -v mmdebstrap; then return; fi
  mkdir "$1/mmdebstrap"
  (cd "$1/mmdebstrap" && apt-get -qq -o APT::Sandbox::User=root download mmdebstrap >&2 &&
    dpkg-deb --extract mmdebstrap_*.deb .) || unavailable "apt cannot download mmdebstrap"
  echo "$1/mmdebstrap/usr/bin/mmdebstrap"
}

# make_root DIR WORK_DIR
make_root() {
  local mirror mmdebstrap packages
  mirror=$(find_mirror "$2")
  mmdebstrap=$(find_mmdebstrap "$2")
  packages=$(IFS=,; echo "${LOOPY_1_83_PACKAGES[*]}")
  # gRPC, and the protobuf that it needs, from experimental; the rest from sid.
  cat >"$2/preferences" <<'END'
Package: src:grpc
Pin: version 1.83.0-*
Pin-Priority: 990

Package: src:protobuf
Pin: release a=experimental
Pin-Priority: 990
END
  # Bazel's package is linked with gRPC 1.51. The packages of both libraries
  # exclude each other, though their files do not: apt takes 1.83's away for
  # Bazel, and dpkg puts them back.
  cat >"$2/add_bazel.sh" <<'END'
set -eu
mkdir /debs
cd /debs
chown _apt .
apt-get -qq download $(dpkg-query --show --showformat '${Package} ${source:Package}\n' | sed -n 's/ grpc$//p')
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -y --no-install-recommends install bazel-bootstrap
dpkg --force-breaks --force-conflicts --force-overwrite --install ./*.deb
rm -r /debs
END
  say "making a root with gRPC 1.83.0 from Debian's experimental (2 GB)"
  "$mmdebstrap" --quiet --mode=root --variant=apt --keyring="$LOOPY_DEBIAN_KEYS" \
    --aptopt='APT::Install-Recommends "false"' --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --setup-hook="cp '$2/preferences' \"\$1\"/etc/apt/preferences.d/grpc" \
    --customize-hook="chroot \"\$1\" sh -s <'$2/add_bazel.sh'" \
    sid "$1" \
    "deb [check-valid-until=no] $mirror sid main" \
    "deb [check-valid-until=no] $mirror experimental main" >"$2/log" 2>&1 || {
    tail -n 20 "$2/log" >&2
    unavailable "the root could not be made of the mirror's packages"
  }
  bazel/grpc_python_source.sh 1.83.0 "$1/usr/src/grpc-1.83.0" >&2 ||
    unavailable "pip cannot download the source archive of gRPC 1.83.0"
}

# root_folder: prints the folder of the root. Its name has a hash of its recipe, so
# that a clone with another recipe has another root, and none is replaced while a
# Bazel works in it.
root_folder() {
  local recipe
  recipe=$({
    declare -f make_root
    declare -p LOOPY_1_83_PACKAGES
    cat bazel/grpc_python_requirements.txt
  } | sha256sum)
  echo "$LOOPY_1_83_HOME/root-${recipe:0:12}"
}

# create_root ROOT: makes the root in a subshell, as a whole or not at all.
create_root() (
  work=$(mktemp -d "$LOOPY_1_83_HOME/making.XXXXXX")
  trap 'rm -rf --one-file-system "$work"' EXIT
  chmod 755 "$work"
  PATH+=:$work/mmdebstrap/usr/bin # find_mmdebstrap's: mmdebstrap runs mmtarfilter
  make_root "$work/root" "$work"
  mv "$work/root" "$1"
)

setup_root() {
  local root lock
  root=$(root_folder)
  ((EUID == 0)) || unavailable "only root can make and enter the folder that it is installed in"
  unshare --mount true 2>/dev/null || unavailable "no mount namespaces on this machine (unshare --mount)"
  command -v mount >/dev/null || unavailable "the command mount is missing (Debian's package mount)"
  mkdir -p "$LOOPY_1_83_HOME"
  exec {lock}>"$LOOPY_1_83_HOME/lock"
  flock "$lock"
  [[ -e $root ]] || create_root "$root"
  exec {lock}>&-
}

# fetch_headers DIR VERSION: puts the headers of a release's source archive into DIR.
fetch_headers() (
  work=$(mktemp -d "$LOOPY_1_83_HEADERS/making.XXXXXX") || exit 1
  trap 'rm -rf "$work"' EXIT
  bazel/grpc_python_source.sh "$2" "$work/sources" "$LOOPY_HEADERS_REQUIREMENTS" || exit 1
  mkdir "$work/headers"
  cd "$work/sources" || exit 1
  find include src/core third_party/upb third_party/xxhash -name test -prune -o \
    \( -name '*.h' -o -name '*.hpp' -o -name '*.inc' \) -exec cp --parents -t "$work/headers" {} + &&
    mv --no-target-directory "$work/headers" "$1"
)

# header_versions: prints the releases of LOOPY_HEADERS_REQUIREMENTS.
header_versions() {
  sed -n 's/^grpcio==\([0-9.]*\) .*/\1/p' "$LOOPY_HEADERS_REQUIREMENTS"
}

# setup_newer_core [ARGUMENT...]: gets the sources of the newest of these releases if
# `./dev test ARGUMENT...` compiles its core. Never fails, as setup_headers.
setup_newer_core() {
  local version
  version=$(header_versions | tail -n 1)
  export LOOPY_NEWER_CORE=$LOOPY_1_83_HEADERS/sources-$version
  [[ $* == *newer-core* && ! -e $LOOPY_NEWER_CORE ]] || return 0
  rm -rf "$LOOPY_NEWER_CORE.making"
  { bazel/grpc_python_source.sh "$version" "$LOOPY_NEWER_CORE.making" "$LOOPY_HEADERS_REQUIREMENTS" >&2 &&
    mv --no-target-directory "$LOOPY_NEWER_CORE.making" "$LOOPY_NEWER_CORE"; } ||
    say "the sources of gRPC $version cannot be fetched"
}

# setup_headers [ARGUMENT...]: gets the headers that `./dev test ARGUMENT...` compiles
# against in its phase of that name. The root has no pip, so this runs outside. Never
# fails: the phase skips what is not there.
setup_headers() {
  local version
  (($# == 0)) || [[ $* == *headers* ]] || return 0
  mkdir -p "$LOOPY_1_83_HEADERS"
  for version in $(header_versions); do
    [[ -e $LOOPY_1_83_HEADERS/$version ]] || fetch_headers "$LOOPY_1_83_HEADERS/$version" "$version" >&2 ||
      say "the headers of gRPC $version cannot be fetched"
  done
}

# has_root: succeeds if the root exists and can be entered.
has_root() {
  ((EUID == 0)) && unshare --mount true 2>/dev/null && [[ -e $(root_folder) ]]
}

# root_build ARGUMENT...: runs `./dev build` in the root. Prints the folder of the
# results under its name outside.
root_build() {
  local bin
  bin=$(in_root ./dev build "$@") || return 1
  echo "$LOOPY_1_83_HOME/home${bin#"$HOME"}"
}

# root_run PROGRAM: prints a command that runs a program of root_build outside, with
# the root's loader and libraries.
root_run() {
  local root
  root=$(root_folder)
  echo "$(realpath "$root/lib64/ld-linux-x86-64.so.2") --library-path $root/usr/lib/$(uname -m)-linux-gnu $1"
}

# root_command LABEL: builds the program in the root, and prints a command that runs
# it outside.
root_command() {
  local bin
  bin=$(root_build "$1") || return 1
  root_run "$bin/$(tr : / <<<"${1#//}")"
}

# in_root COMMAND...: runs the command in the root, in this folder. Never returns.
# HOME is a folder of its own in the cache. Go's caches and the headers of other
# releases are shared.
in_root() {
  local shared=("$("$GO" env GOROOT)" "$("$GO" env GOMODCACHE)" "/tmp/grpc-loopy-go-cache-$EUID"
    "$LOOPY_1_83_HEADERS" "$PWD")
  local root
  root=$(root_folder)
  mkdir -p "$LOOPY_1_83_HOME/home" "${shared[@]}"
  export GO=${shared[0]}/bin/go GOMODCACHE=${shared[1]} GOPROXY GOSUMDB
  GOPROXY=$("$GO" env GOPROXY) GOSUMDB=$("$GO" env GOSUMDB)
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  export LOOPY_ROOT=1.83 LOOPY_HEADERS=$LOOPY_1_83_HEADERS GRPC_SOURCE_DIR=/usr/src/grpc-1.83.0
  unset TMPDIR
  # Bazel could make no sandboxes in a chroot.
  exec unshare --mount bash -euc '
    at() { # at PATH SOURCE: a file or folder of the machine, at PATH in the root
      if [[ -d $2 ]]; then
        mkdir -p ".$1"
      elif [[ -e $2 ]]; then
        mkdir -p "./${1%/*}"
        touch ".$1"
      else
        return 0
      fi
      mount --rbind "$2" ".$1"
    }
    folder=$PWD root=$1 home=$2
    shift 2
    mount --bind "$root" "$root"
    cd "$root"
    mount -t proc proc proc
    at "$HOME" "$home"
    while [[ $1 != -- ]]; do
      at "$1" "$1"
      shift
    done
    shift
    at "$HOME/.bazelrc" "$folder/bazel/grpc_1_83.bazelrc"
    mkdir -p .machine
    pivot_root . .machine
    umount --lazy /.machine
    cd "$folder"
    exec "$@"' in_root "$root" "$LOOPY_1_83_HOME/home" \
    /dev /sys /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt "${shared[@]}" -- "$@"
}
