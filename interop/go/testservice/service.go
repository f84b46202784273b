// Package testservice is grpc-go's interop test service with the parts of the
// interop cases that grpc-go leaves out: messages that have to be compressed, or
// must not be, and the name of the server. It also has unary calls whose first
// attempts fail.
package testservice

import (
	"context"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/interop"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// Options returns the options that a server with this service needs.
func Options() []grpc.ServerOption {
	return []grpc.ServerOption{grpc.StatsHandler(compressionWatch{})}
}

// Register adds the service to a server made with Options.
func Register(s *grpc.Server) {
	testpb.RegisterTestServiceServer(s, &service{TestServiceServer: interop.NewTestServer()})
}

type service struct {
	testpb.TestServiceServer
}

func (s *service) UnaryCall(ctx context.Context, in *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
	if err := failFirstAttempts(ctx); err != nil {
		return nil, err
	}
	if err := checkCompressed(ctx, in.GetExpectCompressed()); err != nil {
		return nil, err
	}
	if want := in.GetResponseCompressed(); want != nil {
		if err := setCompressor(ctx, want.GetValue()); err != nil {
			return nil, err
		}
	}
	out, err := s.TestServiceServer.UnaryCall(ctx, in)
	if err != nil {
		return nil, err
	}
	if host, err := os.Hostname(); err == nil {
		out.Hostname = host
	}
	if in.GetFillUsername() {
		out.Username = clientName(ctx)
	}
	if in.GetFillServerId() {
		out.ServerId = out.Hostname
	}
	return out, nil
}

// clientName returns the name in the client's certificate, or "".
func clientName(ctx context.Context) string {
	p, _ := peer.FromContext(ctx)
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.PeerCertificates) == 0 {
		return ""
	}
	return info.State.PeerCertificates[0].Subject.CommonName
}

func (s *service) StreamingInputCall(stream testpb.TestService_StreamingInputCallServer) error {
	return s.TestServiceServer.StreamingInputCall(&checkedInput{stream})
}

// checkedInput looks at each request before the service does.
type checkedInput struct {
	testpb.TestService_StreamingInputCallServer
}

func (c *checkedInput) Recv() (*testpb.StreamingInputCallRequest, error) {
	in, err := c.TestService_StreamingInputCallServer.Recv()
	if err == nil {
		err = checkCompressed(c.Context(), in.GetExpectCompressed())
	}
	return in, err
}

func (s *service) StreamingOutputCall(in *testpb.StreamingOutputCallRequest, stream testpb.TestService_StreamingOutputCallServer) error {
	wanted := in.GetResponseParameters()
	compress := false
	for _, p := range wanted {
		compress = compress || p.GetCompressed().GetValue()
	}
	if compress {
		if err := setCompressor(stream.Context(), true); err != nil {
			return err
		}
		stream = &mixedOutput{TestService_StreamingOutputCallServer: stream, wanted: wanted}
	}
	return s.TestServiceServer.StreamingOutputCall(in, stream)
}

// mixedOutput sends through a call that compresses, except for the responses
// that must not be compressed.
type mixedOutput struct {
	testpb.TestService_StreamingOutputCallServer
	wanted []*testpb.ResponseParameters // of the responses to come
}

func (m *mixedOutput) Send(out *testpb.StreamingOutputCallResponse) error {
	p := m.wanted[0]
	m.wanted = m.wanted[1:]
	if p.GetCompressed() == nil || p.GetCompressed().GetValue() {
		return m.TestService_StreamingOutputCallServer.Send(out)
	}
	// A prepared message is encoded as the call was set up: uncompressed,
	// unless the requests are compressed.
	var plain grpc.PreparedMsg
	if err := plain.Encode(m, out); err != nil {
		return err
	}
	return m.SendMsg(&plain)
}

// checkCompressed fails a call whose last request is not compressed as it says.
func checkCompressed(ctx context.Context, want *testpb.BoolValue) error {
	if want == nil || want.GetValue() == lastCompressed(ctx) {
		return nil
	}
	if want.GetValue() {
		return status.Error(codes.InvalidArgument, "the request should be compressed and is not")
	}
	return status.Error(codes.InvalidArgument, "the request should not be compressed and is")
}

func setCompressor(ctx context.Context, compress bool) error {
	name := encoding.Identity
	if compress {
		name = gzip.Name
	}
	if err := grpc.SetSendCompressor(ctx, name); err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	return nil
}
