#!/usr/bin/env bash
# expect_output.sh REGEX... -- PROGRAM [ARGUMENT...]: runs a program for at most a
# minute. It has to succeed, and to print a line for each extended regular expression, in
# this order.
set -euo pipefail
wanted=()
while [[ $1 != -- ]]; do
  wanted+=("$1")
  shift
done
shift
output=$(timeout 60 "$@") || {
  code=$?
  echo "$output"
  echo "FAILED: $* exited with $code"
  exit 1
}
echo "$output"
found=0
while IFS= read -r line; do
  if ((found < ${#wanted[@]})) && [[ $line =~ ${wanted[found]} ]]; then
    found=$((found + 1))
  fi
done <<<"$output"
if ((found < ${#wanted[@]})); then
  echo "FAILED: no line after these matches: ${wanted[found]}"
  exit 1
fi
