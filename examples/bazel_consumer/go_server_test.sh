#!/usr/bin/env bash
# go_server_test.sh CLIENT SERVER: makes a call to a grpc-go server.
set -euo pipefail
coproc server { exec "$2"; }
read -r ports <&"${server[0]}" # port=NNN control_port=NNN
port=${ports%% *}
"$1" --target="127.0.0.1:${port#port=}" --deadline_ms=10000
kill "$server_PID"
