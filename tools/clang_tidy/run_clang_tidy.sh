#!/usr/bin/env bash
# run_clang_tidy.sh CLANG_TIDY CONFIG OUTPUT SOURCE FLAG...
# Runs one action of the aspect in clang_tidy.bzl. It prints nothing if clang-tidy
# finds nothing.
set -uo pipefail
clang_tidy=$1 config=$2 output=$3 source=$4
shift 4
found=$("$clang_tidy" --quiet --config-file="$config" --header-filter='^(.*/)?(transport|interop|bench|tests)/[^:]*$' \
  "$source" -- "$@" 2>&1)
status=$?
if ((status != 0)); then
  grep -v ' warnings\? \(generated\|treated as error\)' <<<"$found" >&2
  exit "$status"
fi
: >"$output"
