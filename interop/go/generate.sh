#!/usr/bin/env bash
# generate.sh PROTOC PROTO_ROOT: writes the Go code of the protos to gen/.
# It runs in the module's folder. $GO is the go command, and GOFLAGS sets whether the
# plugins come from vendor/ or from the module cache.
set -euo pipefail
protoc=$1 root=$2
plugins=$(mktemp -d)
trap 'rm -rf "$plugins"' EXIT
"$GO" build -o "$plugins" \
  google.golang.org/protobuf/cmd/protoc-gen-go \
  google.golang.org/grpc/cmd/protoc-gen-go-grpc
rm -rf gen
PATH="$plugins:$PATH" "$protoc" -I "$root" \
  --go_out=. --go_opt=module=loopy/interop \
  --go-grpc_out=. --go-grpc_opt=module=loopy/interop \
  "$root/proto/stall_control.proto" "$root/proto/scenario.proto" "$root/proto/soak.proto" \
  "$root/bench/report.proto"
