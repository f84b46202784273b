#!/usr/bin/env bash
# link_sources.sh SOURCES: links the headers in gRPC's sources, and those of the installed C++ library (which the
# archive of the Python package lacks), into this folder.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")"
link() { ln --symbolic --no-dereference --force --target-directory="$@"; }
mkdir -p include third_party
link include "$1/include/grpc" /usr/include/{grpcpp,grpc++}
link src/core "$1"/src/core/*/ # not its BUILD
link third_party "$1"/third_party/{upb,xxhash}
