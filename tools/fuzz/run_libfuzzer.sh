#!/usr/bin/env bash
# run_libfuzzer.sh FUZZER DICTIONARY INPUT...: fuzzes for FUZZ_SECONDS, or else
# DEFAULT_FUZZ_SECONDS, and begins with the inputs. DICTIONARY may be empty. New inputs
# stay in the test's own folder. A failing input is left among the test's outputs.
#
# FUZZ_SEED is the seed of chance, 1 by default: what passed for a commit passes again.
# 0 takes another seed each time.
set -euo pipefail
fuzzer=$1 dictionary=$2
shift 2
found=$TEST_TMPDIR/found
mkdir -p "$found"
inputs=$(IFS=,; echo "$*")
# A folder's order depends on the file system, and reloading on time.
options=(-seed="${FUZZ_SEED:-1}" -seed_inputs="$inputs" -reload=0
  -max_total_time="${FUZZ_SECONDS:-$DEFAULT_FUZZ_SECONDS}" -timeout=10 -rss_limit_mb=2048
  -print_final_stats=1 -artifact_prefix="${TEST_UNDECLARED_OUTPUTS_DIR:-$TEST_TMPDIR}/")
[[ -z $dictionary ]] || options+=(-dict="$dictionary")
"$fuzzer" "${options[@]}" "$found" 2>&1 | tail -n 60
