#!/usr/bin/env bash
# Runs the interop cases over each transport, plain and with TLS, against the
# grpc-go server, and prints one table. Exit code 0: loopy passed all of them.
set -euo pipefail

usage() {
  cat <<'END'
Usage: matrix.sh --client=PROGRAM --server=PROGRAM --ca=FILE [OPTION...]

  --client      //interop/client:interop_client
  --server      //interop/go:server
  --ca          the root certificate of the server, interop/go/testdata/ca.pem
  --case=NAME   this case only; may be given several times
  --timeout=S   a case fails if it takes longer (60)
END
}

client='' server='' ca='' timeout=60 cases=()
for argument in "$@"; do
  case $argument in
    --client=*) client=${argument#*=} ;;
    --server=*) server=${argument#*=} ;;
    --ca=*) ca=${argument#*=} ;;
    --case=*) cases+=("${argument#*=}") ;;
    --timeout=*) timeout=${argument#*=} ;;
    --help) usage && exit ;;
    *) echo "matrix.sh: unknown argument: $argument" >&2 && usage >&2 && exit 2 ;;
  esac
done
if [[ -z $client || -z $server || -z $ca ]]; then
  echo "matrix.sh: --client, --server and --ca are needed" >&2
  exit 2
fi
if ((${#cases[@]} == 0)); then
  mapfile -t cases < <("$client" --test_case=list)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run_case PORT SECURITY TRANSPORT CASE: writes ok, or what the client said last,
# into a file.
run_case() {
  local flags=(--server_host=127.0.0.1 --server_port="$1" --transport="$3" --test_case="$4")
  if [[ $2 == TLS ]]; then
    flags+=(--use_tls --use_test_ca --test_ca_file="$ca" --server_host_override=foo.test.google.fr)
  fi
  local code=0
  timeout "$timeout" "$client" "${flags[@]}" >"$work/log" 2>&1 || code=$?
  case $code in
    0) echo ok ;;
    124) echo "no end within $timeout s" ;;
    *) echo "exit code $code: $(tail -n 1 "$work/log")" ;;
  esac >"$work/$3-$2-$4"
}

# A server that ends when this script closes its standard input.
run_with_server() {
  local security=$1 ready transport name
  coproc SERVER { exec "$server" --use_tls="$([[ $security == TLS ]] && echo true || echo false)"; }
  # shellcheck disable=SC2153 # coproc sets it
  local pid=$SERVER_PID in=${SERVER[1]}
  if ! read -r -t 20 ready <&"${SERVER[0]}" || [[ ! $ready =~ port=([0-9]+)\  ]]; then
    echo "matrix.sh: the server does not start" >&2
    exit 1
  fi
  local port=${BASH_REMATCH[1]}
  for transport in loopy chttp2; do
    for name in "${cases[@]}"; do
      run_case "$port" "$security" "$transport" "$name"
    done
  done
  exec {in}>&-
  wait "$pid"
}

columns=()
for security in plain TLS; do
  run_with_server "$security"
done
for transport in loopy chttp2; do
  columns+=("$transport-plain" "$transport-TLS")
done

printf '%-29s' case
printf '%-14s' "${columns[@]}"
echo
failures=()
loopy_failures=0
for name in "${cases[@]}"; do
  printf '%-29s' "$name"
  for column in "${columns[@]}"; do
    result=$(<"$work/$column-$name")
    if [[ $result == ok ]]; then
      printf '%-14s' ok
    else
      printf '%-14s' FAILED
      failures+=("$name, $column: $result")
      [[ $column != loopy-* ]] || loopy_failures=$((loopy_failures + 1))
    fi
  done
  echo
done
if ((${#failures[@]} > 0)); then
  echo
  printf '%s\n' "${failures[@]}"
fi
echo
echo "loopy: $((2 * ${#cases[@]} - loopy_failures)) of $((2 * ${#cases[@]})) passed"
((loopy_failures == 0))
