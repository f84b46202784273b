//go:build deps

// Package interop exists for its imports: every package of other modules
// that this module uses, so that they can be vendored without looking at the
// rest of the sources. A build that says a package cannot be found in vendor/
// wants it listed here.
package interop

import (
	_ "github.com/aclements/go-moremath/stats"
	_ "golang.org/x/perf/benchmath"
	_ "golang.org/x/sys/unix"
	_ "google.golang.org/grpc"
	_ "google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/gzip"
	_ "google.golang.org/grpc/health"
	_ "google.golang.org/grpc/health/grpc_health_v1"
	_ "google.golang.org/grpc/interop"
	_ "google.golang.org/grpc/interop/grpc_testing"
	_ "google.golang.org/grpc/keepalive"
	_ "google.golang.org/grpc/metadata"
	_ "google.golang.org/grpc/orca"
	_ "google.golang.org/grpc/peer"
	_ "google.golang.org/grpc/stats"
	_ "google.golang.org/grpc/status"
	_ "google.golang.org/grpc/tap"
	_ "google.golang.org/protobuf/encoding/protojson"
	_ "google.golang.org/protobuf/proto"
	_ "google.golang.org/protobuf/reflect/protoreflect"
	_ "google.golang.org/protobuf/runtime/protoimpl"
)
