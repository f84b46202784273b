//go:build deps

// Package conformance exists for its imports: every package of other
// modules that this module uses, so that they can be vendored without looking
// at the rest of the sources. A build that says a package cannot be found in
// vendor/ wants it listed here. (go.mod names the programs that are used.)
package conformance

import (
	_ "github.com/summerwind/h2spec/client"
	_ "github.com/summerwind/h2spec/config"
	_ "github.com/summerwind/h2spec/spec"
	_ "google.golang.org/protobuf/encoding/protowire"
)
