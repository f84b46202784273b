package testservice

import (
	"context"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// failFirstAttempts fails as many attempts of a call as its metadata
// "fail-attempts" say, with UNAVAILABLE. The trailers "failed-attempts" say how
// many there were before this one, as the client's
// grpc-previous-rpc-attempts have it.
func failFirstAttempts(ctx context.Context) error {
	md, _ := metadata.FromIncomingContext(ctx)
	fail := number(md, "fail-attempts")
	if fail == 0 {
		return nil
	}
	failed := number(md, "grpc-previous-rpc-attempts")
	if err := grpc.SetTrailer(ctx, metadata.Pairs("failed-attempts", strconv.Itoa(failed))); err != nil {
		return err
	}
	if failed < fail {
		return status.Errorf(codes.Unavailable, "attempt %d is to fail", failed+1)
	}
	return nil
}

// number gives the field's value, or 0.
func number(md metadata.MD, name string) int {
	for _, value := range md.Get(name) {
		if n, err := strconv.Atoi(value); err == nil {
			return n
		}
	}
	return 0
}
