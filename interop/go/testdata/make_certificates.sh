#!/usr/bin/env bash
# Makes the certificates of the test servers anew: ca.pem, which clients trust,
# and server.pem with server.key. They protect nothing; the CA's key is thrown
# away.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
days=36500

cat >"$work/ca.cnf" <<EOF
[req]
distinguished_name = name
x509_extensions = ca
prompt = no
[name]
CN = grpc-loopy test CA
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
EOF
cat >"$work/server.ext" <<EOF
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:*.test.google.fr, DNS:foo.test.google.fr, DNS:localhost, IP:127.0.0.1
EOF

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
new_key "$work/ca.key"
openssl req -x509 -new -key "$work/ca.key" -days $days -config "$work/ca.cnf" -out ca.pem
new_key server.key
openssl req -new -key server.key -subj "/CN=grpc-loopy test server" -out "$work/server.csr"
openssl x509 -req -in "$work/server.csr" -CA ca.pem -CAkey "$work/ca.key" \
  -set_serial "0x$(openssl rand -hex 16)" -days $days -extfile "$work/server.ext" -out server.pem
