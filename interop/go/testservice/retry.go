package testservice

import (
	"context"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// failFirstAttempts fails the first attempts of a call with UNAVAILABLE, as many as
// its metadata "fail-attempts" says. The trailer "failed-attempts" counts the
// attempts before this one, as the client's grpc-previous-rpc-attempts does.
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

// number returns the field's value, or 0.
func number(md metadata.MD, name string) int {
	for _, value := range md.Get(name) {
		if n, err := strconv.Atoi(value); err == nil {
			return n
		}
	}
	return 0
}
