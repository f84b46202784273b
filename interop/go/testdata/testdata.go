// Package testdata holds the test servers' certificates.
package testdata

import _ "embed"

//go:embed ca.pem
var CA []byte // clients have to trust it

//go:embed server.pem
var ServerCertificate []byte

//go:embed server.key
var ServerKey []byte
