# Sourced by ./dev: builds the Debian packages, and makes a root folder to test them.

readonly LOOPY_PACKAGING_PACKAGES=(cmake debhelper lintian ninja-build pkgconf)

# With these and the packages under test, a Debian builds programs.
readonly LOOPY_PACKAGE_ROOT_PACKAGES=(cmake g++ ninja-build pkgconf)

setup_packaging() {
  local missing
  mapfile -t missing < <(missing_packages "${LOOPY_PACKAGING_PACKAGES[@]}")
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

# core_headers: prints the folder of gRPC's internal headers that Bazel has fetched.
core_headers() {
  bazel_build "" @grpc_core_headers//:core_headers >/dev/null || return 1
  echo "$(bazel info --noshow_progress output_base 2>/dev/null)/external/grpc_core_headers/tree"
}

# copy_sources DIR: copies the sources as they are here into DIR/source.
copy_sources() {
  mkdir -p "$1/source"
  git ls-files -z --cached --others --exclude-standard |
    xargs -0 cp --parents --no-dereference --preserve=mode,timestamps -t "$1/source"
}

# built DIR OUTPUT: copies the packages in DIR to the folder OUTPUT, and lists them.
built() {
  mkdir -p "$2"
  cp "$1"/*.deb "$2"
  ls "$2"/*.deb
}

# build_packages OUTPUT: builds the packages for this machine's gRPC.
build_packages() {
  local work headers
  headers=${GRPC_SOURCE_DIR:-$(core_headers)} || return 1
  work=$(mktemp -d)
  copy_sources "$work"
  say "building the packages"
  if ! "$work/source/tools/package/build.sh" "$headers"; then
    say "no packages; $work has the sources, the log and what was built"
    return 1
  fi
  built "$work" "$1"
  rm -rf "$work"
}

# make_package_root DIR WORK_DIR: installs Debian in a folder: Debian 12, or for gRPC
# 1.83 sid with gRPC from experimental and with what builds the packages.
make_package_root() {
  local mirror mmdebstrap packages=("${LOOPY_PACKAGE_ROOT_PACKAGES[@]}") sources=()
  local suite=bookworm options=()
  mirror=$(debian_mirror)
  mmdebstrap=$(find_mmdebstrap "$2")
  if [[ $grpc == 1.83 ]]; then
    mirror=$(find_mirror "$2")
    suite=sid
    sources=("deb [check-valid-until=no] $mirror sid main" "deb [check-valid-until=no] $mirror experimental main")
    packages+=("${LOOPY_PACKAGING_PACKAGES[@]}" build-essential libgrpc++-dev libnghttp2-dev libprotobuf-dev)
    # As in make_root of grpc_1_83.sh.
    printf '%s\n' 'Package: src:grpc' 'Pin: version 1.83.0-*' 'Pin-Priority: 990' '' \
      'Package: src:protobuf' 'Pin: release a=experimental' 'Pin-Priority: 990' >"$2/preferences"
    options=(--setup-hook="cp '$2/preferences' \"\$1\"/etc/apt/preferences.d/grpc")
  else
    packages+=(ruby-grpc) # 1.83 has none
    sources=("$mirror")
  fi
  packages=$(IFS=,; echo "${packages[*]}")
  say "making a root to test the packages in"
  "$mmdebstrap" --quiet --mode=root --variant=apt --keyring="$LOOPY_DEBIAN_KEYS" \
    --aptopt='APT::Install-Recommends "false"' --include="$packages" "${options[@]}" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt=force-unsafe-io --skip=cleanup/apt \
    "$suite" "$1" "${sources[@]}" >"$2/log" 2>&1 || {
    tail -n 20 "$2/log" >&2
    unavailable "the root to test the packages could not be made of the mirror's packages"
  }
}

# build_packages_in_root ROOT OUTPUT: builds them for the root's gRPC.
build_packages_in_root() {
  bazel/grpc_python_source.sh 1.83.0 "$1/usr/src/grpc-1.83.0" >&2 || return 1
  copy_sources "$1/build"
  say "building the packages in the root"
  unshare --mount sh -euc '
    mount -t proc proc "$1/proc"
    exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
      /build/source/tools/package/build.sh /usr/src/grpc-1.83.0' build "$1" || return 1
  built "$1/build" "$2"
}

# package_in_root OUTPUT [--test]: does what needs a root folder: for gRPC 1.83 also
# the build. It ends as Python's tally does.
package_in_root() (
  ((EUID == 0)) || unavailable "only root can make the folder that packages are tested in"
  unshare --mount true 2>/dev/null || unavailable "no mount namespaces on this machine (unshare --mount)"
  headers=()
  [[ $grpc != 1.51 ]] || headers=(--grpc_source_dir="${GRPC_SOURCE_DIR:-$(core_headers)}")
  work=$(mktemp -d)
  trap 'rm -rf --one-file-system "$work"' EXIT
  chmod 755 "$work"
  PATH+=:$work/mmdebstrap/usr/bin # find_mmdebstrap's: mmdebstrap runs mmtarfilter
  make_package_root "$work/root" "$work"
  [[ $grpc != 1.83 ]] || build_packages_in_root "$work/root" "$1" || exit 1
  [[ -z ${2:-} ]] || unshare --mount python3 tools/package/test_packages.py \
    --root="$work/root" --packages="$1" "${headers[@]}"
)

package() {
  local output=packages run_tests=
  while (($#)); do
    case $1 in
      --test) run_tests=--test ;;
      --output=?*) output=${1#*=} ;;
      *)
        echo "dev: package knows --test and --output=DIR" >&2
        exit 2
        ;;
    esac
    shift
  done
  if [[ $grpc == 1.83 ]]; then
    package_in_root "$output" $run_tests
    return
  fi
  setup_packaging
  build_packages "$output" || return 1
  [[ -z $run_tests ]] || package_in_root "$output" --test
}
