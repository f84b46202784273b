package testservice

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

// received notes, at the client, which responses were compressed.
type received struct {
	compressionWatch
	mu         sync.Mutex
	compressed []bool
}

func (r *received) HandleRPC(_ context.Context, s stats.RPCStats) {
	if in, ok := s.(*stats.InPayload); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.compressed = append(r.compressed, in.CompressedLength != in.Length)
	}
}

func dial(t *testing.T, opts ...grpc.DialOption) (testpb.TestServiceClient, *received, context.Context) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(Options()...)
	Register(server)
	go server.Serve(l)
	t.Cleanup(server.Stop)
	r := &received{}
	opts = append(opts, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStatsHandler(r))
	cc, err := grpc.NewClient(l.Addr().String(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cc.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return testpb.NewTestServiceClient(cc), r, ctx
}

func payload(n int) *testpb.Payload { return &testpb.Payload{Body: make([]byte, n)} }

var yes, no = &testpb.BoolValue{Value: true}, &testpb.BoolValue{}

func TestRequestsAreWhatTheySayTheyAre(t *testing.T) {
	client, _, ctx := dial(t)
	for _, c := range []struct {
		expect *testpb.BoolValue
		gzip   bool
		want   codes.Code
	}{
		{yes, true, codes.OK}, {no, false, codes.OK}, {nil, true, codes.OK}, {nil, false, codes.OK},
		{yes, false, codes.InvalidArgument}, {no, true, codes.InvalidArgument},
	} {
		var opts []grpc.CallOption
		if c.gzip {
			opts = append(opts, grpc.UseCompressor(gzip.Name))
		}
		_, err := client.UnaryCall(ctx, &testpb.SimpleRequest{ExpectCompressed: c.expect, Payload: payload(27182)}, opts...)
		if status.Code(err) != c.want {
			t.Errorf("unary %+v: %v", c, err)
		}
		stream, err := client.StreamingInputCall(ctx, opts...)
		if err != nil {
			t.Fatal(err)
		}
		stream.Send(&testpb.StreamingInputCallRequest{ExpectCompressed: c.expect, Payload: payload(27182)})
		if _, err := stream.CloseAndRecv(); status.Code(err) != c.want {
			t.Errorf("streaming %+v: %v", c, err)
		}
	}
}

// Catches a mixedOutput that sends the second response as it sends the first,
// compressed.
func TestStreamedResponsesAreCompressedOneByOne(t *testing.T) {
	client, r, ctx := dial(t)
	stream, err := client.StreamingOutputCall(ctx, &testpb.StreamingOutputCallRequest{
		ResponseParameters: []*testpb.ResponseParameters{
			{Size: 31415, Compressed: yes}, {Size: 92653, Compressed: no}, {Size: 10, Compressed: yes}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{31415, 92653, 10} {
		out, err := stream.Recv()
		if err != nil || len(out.GetPayload().GetBody()) != size {
			t.Fatal(err, len(out.GetPayload().GetBody()))
		}
	}
	if _, err := stream.Recv(); err != io.EOF {
		t.Fatal(err)
	}
	if len(r.compressed) != 3 || !r.compressed[0] || r.compressed[1] || !r.compressed[2] {
		t.Fatal(r.compressed)
	}
}

func TestUnaryResponsesAreCompressedOnDemand(t *testing.T) {
	client, r, ctx := dial(t)
	for _, opts := range [][]grpc.CallOption{nil, {grpc.UseCompressor(gzip.Name)}} {
		for _, want := range []*testpb.BoolValue{yes, no} {
			r.compressed = nil
			out, err := client.UnaryCall(ctx,
				&testpb.SimpleRequest{ResponseSize: 314159, ResponseCompressed: want, FillServerId: true}, opts...)
			if err != nil || len(out.GetPayload().GetBody()) != 314159 || out.GetServerId() == "" {
				t.Fatal(err, out.GetServerId())
			}
			if len(r.compressed) != 1 || r.compressed[0] != want.GetValue() {
				t.Fatal(r.compressed, want)
			}
		}
	}
}

// A call passes after as many attempts as it names, and not before.
func TestFirstAttemptsFail(t *testing.T) {
	const retries = `{"methodConfig": [{"name": [{}], "retryPolicy": {
		"maxAttempts": 3, "initialBackoff": "0.001s", "maxBackoff": "0.001s",
		"backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]}`
	for _, c := range []struct {
		config, failed string
		want           codes.Code
	}{{"{}", "0", codes.Unavailable}, {retries, "2", codes.OK}} {
		client, _, ctx := dial(t, grpc.WithDefaultServiceConfig(c.config))
		var trailers metadata.MD
		_, err := client.UnaryCall(metadata.AppendToOutgoingContext(ctx, "fail-attempts", "2"),
			&testpb.SimpleRequest{}, grpc.Trailer(&trailers))
		if failed := trailers.Get("failed-attempts"); status.Code(err) != c.want || len(failed) != 1 || failed[0] != c.failed {
			t.Errorf("%+v: %v %v", c, err, failed)
		}
	}
}
