package scenario

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"
)

// uploads are client-streaming calls that send without an end.
type uploads struct {
	sent atomic.Int64 // messages

	mu    sync.Mutex
	left  int       // how many have not ended yet
	ended time.Time // when the last of them did
	err   error     // and how
	done  chan struct{}
}

func (s *session) startUploads(ctx context.Context, n int) (*uploads, error) {
	u := &uploads{left: n, done: make(chan struct{})}
	if n == 0 {
		close(u.done)
	}
	message := &testpb.StreamingInputCallRequest{Payload: &testpb.Payload{Body: make([]byte, uploadBytes)}}
	for range n {
		stream, err := s.test.StreamingInputCall(ctx)
		if err != nil {
			return nil, err
		}
		go func() {
			for stream.Send(message) == nil {
				u.sent.Add(1)
			}
			// Send returns EOF, and Recv the status.
			err := stream.RecvMsg(&testpb.StreamingInputCallResponse{})
			u.end(err)
		}()
	}
	return u, nil
}

func (u *uploads) end(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended, u.err = time.Now(), err
	if u.left--; u.left == 0 {
		close(u.done)
	}
}

// awaitStuck waits until no message was sent for a while.
func (u *uploads) awaitStuck(ctx context.Context) error {
	over := time.Now().Add(patience)
	last, since := int64(-1), time.Now()
	for time.Since(since) < stuckAfter {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-u.done:
			return fmt.Errorf("the uploads ended before they were stuck: %v", u.err)
		case <-ctx.Done():
			return ctx.Err()
		}
		if sent := u.sent.Load(); sent != last {
			last, since = sent, time.Now()
		}
		if time.Now().After(over) {
			return fmt.Errorf("the uploads do not get stuck")
		}
	}
	return nil
}

// awaitEnd waits until all have ended, and returns when and how the last one did.
func (u *uploads) awaitEnd(ctx context.Context) (time.Time, error, error) {
	select {
	case <-u.done:
		return u.ended, u.err, nil
	case <-ctx.Done():
		return time.Time{}, nil, fmt.Errorf("the uploads do not end: %w", ctx.Err())
	}
}

// codeName spells a status code as gRPC C++ does: DEADLINE_EXCEEDED.
func codeName(err error) string {
	switch code := status.Code(err); code {
	case codes.OK:
		return "OK"
	case codes.Canceled:
		return "CANCELLED"
	default:
		return strings.ToUpper(capitals.ReplaceAllString(code.String(), "${1}_$2"))
	}
}

var capitals = regexp.MustCompile("([a-z])([A-Z])")
