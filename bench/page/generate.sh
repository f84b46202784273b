#!/usr/bin/env bash
# generate.sh PROTOC PROTO_ROOT: writes the Go code of the report to gen/. It runs in
# the module's folder. $GO is the go command, and GOFLAGS sets whether the plugin comes
# from vendor/ or from the module cache.
set -euo pipefail
protoc=$1 root=$2
plugins=$(mktemp -d)
trap 'rm -rf "$plugins"' EXIT
"$GO" build -o "$plugins" google.golang.org/protobuf/cmd/protoc-gen-go
rm -rf gen
PATH="$plugins:$PATH" "$protoc" -I "$root" --go_out=. --go_opt=module=loopy/bench/page \
  --go_opt=Mbench/report.proto=loopy/bench/page/gen/benchpb "$root/bench/report.proto"
