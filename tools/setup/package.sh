# Sourced by ./dev: builds the Debian packages, and makes a root folder to test them.

readonly LOOPY_PACKAGING_PACKAGES=(cmake debhelper lintian ninja-build pkgconf)

# A Debian 12 with these and the packages under test builds and runs programs.
readonly LOOPY_PACKAGE_ROOT_PACKAGES=(
  cmake g++ ninja-build pkgconf protobuf-compiler-grpc ruby-grpc
)

setup_packaging() {
  local missing
  mapfile -t missing < <(missing_packages "${LOOPY_PACKAGING_PACKAGES[@]}")
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

# core_headers: prints the folder of gRPC's internal headers that Bazel has fetched.
core_headers() {
  bazel fetch --noshow_progress @grpc_core_headers//... >&2 || return 1
  echo "$(bazel info --noshow_progress output_base 2>/dev/null)/external/grpc_core_headers/tree"
}

# build_packages DIR: builds the packages of the sources as they are here into DIR,
# and checks them with lintian.
build_packages() {
  local work lintian=(lintian --fail-on 'error,warning')
  ((EUID != 0)) || lintian+=(--allow-root)
  [[ -n ${GRPC_SOURCE_DIR:-} ]] || GRPC_SOURCE_DIR=$(core_headers) || return 1
  work=$(mktemp -d)
  mkdir "$work/source"
  git ls-files -z --cached --others --exclude-standard |
    xargs -0 cp --parents --no-dereference --preserve=mode,timestamps -t "$work/source"
  say "building the packages"
  if ! (cd "$work/source" && GRPC_SOURCE_DIR=$GRPC_SOURCE_DIR DEB_BUILD_OPTIONS=parallel=$(nproc) \
    dpkg-buildpackage --build=binary --unsigned-changes --unsigned-buildinfo) >"$work/log" 2>&1; then
    tail -n 30 "$work/log" >&2
    say "the packages cannot be built; $work has the sources and the log"
    return 1
  fi
  if ! "${lintian[@]}" "$work"/*.changes >&2; then
    say "lintian found faults in the packages; they are in $work"
    return 1
  fi
  mkdir -p "$1"
  cp "$work"/*.deb "$1"
  rm -rf "$work"
}

# make_package_root DIR WORK_DIR: installs Debian 12 in a folder.
make_package_root() {
  local mirror mmdebstrap packages
  mirror=$(debian_mirror)
  mmdebstrap=$(find_mmdebstrap "$2")
  packages=$(IFS=,; echo "${LOOPY_PACKAGE_ROOT_PACKAGES[*]}")
  "$mmdebstrap" --quiet --mode=root --variant=apt --keyring="$LOOPY_DEBIAN_KEYS" \
    --aptopt='APT::Install-Recommends "false"' --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt=force-unsafe-io --skip=cleanup/apt \
    bookworm "$1" "$mirror" >"$2/log" 2>&1 || {
    tail -n 20 "$2/log" >&2
    unavailable "the root to test the packages could not be made of the mirror's packages"
  }
}

# test_packages DIR: tests the packages in DIR. It ends as Python's tally does.
test_packages() (
  ((EUID == 0)) || unavailable "only root can make the folder that packages are tested in"
  unshare --mount true 2>/dev/null || unavailable "no mount namespaces on this machine (unshare --mount)"
  headers=$(core_headers)
  work=$(mktemp -d)
  trap 'rm -rf --one-file-system "$work"' EXIT
  chmod 755 "$work"
  PATH+=:$work/mmdebstrap/usr/bin # find_mmdebstrap's: mmdebstrap runs mmtarfilter
  say "making a root to test the packages in"
  make_package_root "$work/root" "$work"
  unshare --mount python3 tools/package/test_packages.py --root="$work/root" --packages="$1" \
    --grpc_source_dir="$headers"
)

package() {
  local output=packages run_tests=
  while (($#)); do
    case $1 in
      --test) run_tests=1 ;;
      --output=?*) output=${1#*=} ;;
      *)
        echo "dev: package knows --test and --output=DIR" >&2
        exit 2
        ;;
    esac
    shift
  done
  setup_packaging
  build_packages "$output" || return 1
  ls "$output"/*.deb
  [[ -z $run_tests ]] || test_packages "$output"
}
