package testservice

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc/stats"
)

// compressionWatch notes for each call whether the request that was received last
// was compressed. grpc-go does not tell a service, but gives a stats handler the
// sizes before and after. (A message that gzip leaves as long as it was would look
// uncompressed; no interop case has one.)
type compressionWatch struct{}

type compressedKey struct{}

func lastCompressed(ctx context.Context) bool {
	b, ok := ctx.Value(compressedKey{}).(*atomic.Bool)
	return ok && b.Load()
}

func (compressionWatch) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, compressedKey{}, new(atomic.Bool))
}

// HandleRPC runs on the goroutine that receives, before the service gets the
// message.
func (compressionWatch) HandleRPC(ctx context.Context, s stats.RPCStats) {
	if in, ok := s.(*stats.InPayload); ok {
		ctx.Value(compressedKey{}).(*atomic.Bool).Store(in.CompressedLength != in.Length)
	}
}

func (compressionWatch) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return ctx
}

func (compressionWatch) HandleConn(context.Context, stats.ConnStats) {}
