#!/bin/sh
# build.sh GRPC_SOURCE_DIR: builds the Debian packages of the sources that this file
# is in into the folder that they are in, and checks the packages with lintian. It
# writes into the sources, so `./dev package` gives it a copy.
set -eu
cd "$(dirname "$0")/../.."
if ! GRPC_SOURCE_DIR=$1 DEB_BUILD_OPTIONS=parallel=$(nproc) dpkg-buildpackage \
  --build=binary --unsigned-changes --unsigned-buildinfo >../log 2>&1; then
  tail -n 30 ../log >&2
  exit 1
fi
as_root=
[ "$(id -u)" != 0 ] || as_root=--allow-root
# shellcheck disable=SC2086
lintian $as_root --fail-on error,warning ../*.changes >&2
