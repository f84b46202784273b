#!/usr/bin/env bash
# go_build.sh GO GO_MOD VENDOR PROTOC PROTO_ROOT (build|test PACKAGE OUTPUT)...
# Builds programs and test programs of the module beside GO_MOD, without network.
# Before that it generates the code of the protos and vets the module. A PACKAGE is a
# folder of the module, or a program of another module that its go.mod names.
set -euo pipefail
export GO=$1
module=$(dirname "$2") root=$PWD vendor=$PWD/$3 protoc=$(realpath "$4") protos=$(realpath "$5")
shift 5

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The cache outlives the sandbox; its entries are named by their inputs' hashes.
export HOME=$work GOCACHE="/tmp/grpc-loopy-go-cache-$(id -u)" GOPATH=$work/path
export GOPROXY=off GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0
export GOFLAGS="-mod=vendor -trimpath -buildvcs=false"

cp -rL "$module" "$work/module" # go:embed refuses links
cp -rL "$vendor" "$work/module/vendor"
cd "$work/module"
[[ ! -e generate.sh ]] || GOFLAGS="$GOFLAGS" ./generate.sh "$protoc" "$protos"

unformatted=$("$(dirname "$GO")/gofmt" -l $(find . -name '*.go' -not -path './vendor/*' -not -path './gen/*'))
[[ -z $unformatted ]] || { echo "gofmt would change: $unformatted" >&2; exit 1; }
"$GO" vet ./...

while (($#)); do
  package=$2
  [[ ! -d $package ]] || package=./$package
  case $1 in
    build) "$GO" build -ldflags=-s -o "$root/$3" "$package" ;;
    test) "$GO" test -c -ldflags=-s -o "$root/$3" "$package" ;;
  esac
  shift 3
done
