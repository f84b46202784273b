#!/usr/bin/env bash
# link_sources.sh SOURCES [--with_code]: links the headers in gRPC's sources, and those of the installed C++ library
# (which the archive of the Python package lacks), into this folder. With --with_code the core is compiled from these
# sources, too. Without it, its code is in the installed libraries.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")"
link() { ln --symbolic --no-dereference --force --target-directory="$@"; }
mkdir -p include third_party
link include "$1/include/grpc" /usr/include/{grpcpp,grpc++}
link src/core "$1"/src/core/*/ # not its BUILD
link third_party "$1"/third_party/{address_sorting,upb,utf8_range,xxhash}
# gRPC's list of its core's sources; without what is installed.
if [[ ${2:-} == --with_code ]]; then
  cat "$1/src/python/grpcio/grpc_core_dependencies.py"
  echo 'INSTALLED = ["abseil-cpp", "boringssl-with-bazel", "cares", "re2", "zlib"]'
else
  echo "CORE_SOURCE_FILES = INSTALLED = []"
fi >sources.py
python3 - <<'END' >sources.bzl
from sources import CORE_SOURCE_FILES, INSTALLED
def rest(folder):
  sources = [f[len(folder):] for f in CORE_SOURCE_FILES if f.startswith(folder)]
  return [f for f in sources if f.split("/")[0] not in INSTALLED]
print("CORE = %r\nTHIRD_PARTY = %r" % (rest("src/core/"), rest("third_party/")))
END
rm sources.py
