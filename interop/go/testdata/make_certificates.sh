#!/usr/bin/env bash
# Makes the certificates of the tests: ca.pem, which both ends trust, and server.pem
# and client.pem with their keys. They protect nothing. The CA's key is not kept.
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
leaf() { # NAME USAGE ALT_NAMES
  cat >"$work/$1.ext" <<EOF
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = $2
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $3
EOF
  new_key "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=grpc-loopy test $1" -out "$work/$1.csr"
  openssl x509 -req -in "$work/$1.csr" -CA ca.pem -CAkey "$work/ca.key" \
    -set_serial "0x$(openssl rand -hex 16)" -days $days -extfile "$work/$1.ext" -out "$1.pem"
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
new_key "$work/ca.key"
openssl req -x509 -new -key "$work/ca.key" -days $days -config "$work/ca.cnf" -out ca.pem
leaf server serverAuth "DNS:*.test.google.fr, DNS:foo.test.google.fr, DNS:localhost, IP:127.0.0.1"
leaf client clientAuth "DNS:client.test.google.fr"
