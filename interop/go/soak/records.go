package soak

import (
	"context"
	"strconv"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/tap"
)

const (
	// This metadata has a call's id, which is 1, 2, 3 …
	idKey = "soak-id"
	// Attempts that a retry policy makes have this metadata (gRFC A6).
	attemptsKey = "grpc-previous-rpc-attempts"
	// No client makes more calls.
	maxID = 1 << 28
)

// The initial metadata of a service's answers has this key.
var answered = metadata.Pairs("soak-answered", "1")

// records hold what the servers saw of each call, by its id. Any goroutine may use
// them.
type records struct {
	mu      sync.Mutex
	seen    []uint8 // how often the headers came to a server that took them
	runs    []uint8 // how often the service began to run it
	retries uint64
}

func (r *records) options() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.InTapHandle(func(ctx context.Context, info *tap.Info) (context.Context, error) {
			r.note(info.Header, false)
			return ctx, nil
		}),
		grpc.ChainUnaryInterceptor(func(ctx context.Context, in any, _ *grpc.UnaryServerInfo, run grpc.UnaryHandler) (any, error) {
			md, _ := metadata.FromIncomingContext(ctx)
			r.note(md, true)
			grpc.SetHeader(ctx, answered)
			return run(ctx, in)
		}),
		grpc.ChainStreamInterceptor(func(s any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, run grpc.StreamHandler) error {
			md, _ := metadata.FromIncomingContext(stream.Context())
			r.note(md, true)
			stream.SetHeader(answered)
			return run(s, stream)
		}),
	}
}

func (r *records) note(md metadata.MD, ran bool) {
	values := md[idKey]
	if len(values) != 1 {
		return
	}
	id, err := strconv.ParseUint(values[0], 10, 64)
	if err != nil || id >= maxID {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if grow := int(id) + 1 - len(r.seen); grow > 0 {
		r.seen = append(r.seen, make([]uint8, grow)...)
		r.runs = append(r.runs, make([]uint8, grow)...)
	}
	count := &r.seen[id]
	if ran {
		count = &r.runs[id]
		if len(md[attemptsKey]) > 0 {
			r.retries++
		}
	}
	*count = min(*count, 254) + 1
}

func (r *records) wasSeen(id uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return id < uint64(len(r.seen)) && r.seen[id] > 0
}

// summary returns how many calls ran, and which ran more often than they may.
func (r *records) summary(once func(id uint64) bool) (ran, retries uint64, twice []uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, n := range r.runs {
		if n > 0 {
			ran++
		}
		if n > 1 && once(uint64(id)) {
			twice = append(twice, uint64(id))
		}
	}
	return ran, r.retries, twice
}
