#!/usr/bin/env bash
# Downloads the source archive of gRPC's Python package, which has all of gRPC's core, and unpacks it into a folder.
# Usage: grpc_python_source.sh VERSION OUT_DIR [REQUIREMENTS]
# It uses pip as it is set up here. The archive has to have the hash in REQUIREMENTS, which is grpc_python_requirements.txt
# here unless it is named.
set -euo pipefail
version=${1%%-*} out=$2
requirements=${3:-$(dirname "$(realpath "${BASH_SOURCE[0]}")")/grpc_python_requirements.txt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep -F "grpcio==$version " "$requirements" >"$work/requirements.txt" ||
  { echo "no hash is known for gRPC $version" >&2; exit 1; }

# pip asks a download for its metadata, and would run the archive's code for that. This answers instead.
mkdir -p "$work/backend/setuptools"
touch "$work/backend/setuptools/__init__.py"
cat >"$work/backend/setuptools/build_meta.py" <<'END'
import os

def prepare_metadata_for_build_wheel(folder, config_settings=None):
  os.mkdir(os.path.join(folder, "grpcio.dist-info"))
  with open(os.path.join(folder, "grpcio.dist-info", "METADATA"), "w") as file:
    file.write("Metadata-Version: 2.1\nName: grpcio\nVersion: %s\n" % os.environ["GRPC_VERSION"])
  return "grpcio.dist-info"
END
PYTHONPATH=$work/backend GRPC_VERSION=$version \
  /usr/bin/python3 -m pip --quiet --disable-pip-version-check download --dest "$work" \
  --no-deps --no-build-isolation --no-binary grpcio --require-hashes --requirement "$work/requirements.txt"
mkdir -p "$out"
tar -xzf "$work"/grpcio-*.tar.gz -C "$out" --strip-components=1
