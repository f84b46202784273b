package testserver

import (
	"context"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	testpb "google.golang.org/grpc/interop/grpc_testing"

	"loopy/interop/frames"
	"loopy/interop/gen/stallpb"
	"loopy/interop/testdata"
)

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func call(t *testing.T, address string, creds credentials.TransportCredentials) error {
	t.Helper()
	cc, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}
	defer cc.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err = testpb.NewTestServiceClient(cc).EmptyCall(ctx, &testpb.Empty{})
	return err
}

func report(t *testing.T, s *Server) *stallpb.Report {
	t.Helper()
	cc, err := grpc.NewClient("passthrough:///"+s.ControlAddress,
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer cc.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := stallpb.NewStallControlClient(cc).AwaitClosed(ctx, &stallpb.AwaitClosedRequest{TimeoutMs: 5000})
	if err != nil || !r.GetSatisfied() {
		t.Fatal(r, err)
	}
	return r
}

func trusted(t *testing.T, name string) credentials.TransportCredentials {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(testdata.CA) {
		t.Fatal("the CA is no certificate")
	}
	return credentials.NewClientTLSFromCert(pool, name)
}

// Catches a record that is made below TLS, where no frames can be seen.
func TestFramesAreRecordedWithAndWithoutTLS(t *testing.T) {
	for _, tls := range []bool{false, true} {
		s := start(t, Options{TLS: tls})
		creds := insecure.NewCredentials()
		if tls {
			creds = trusted(t, "foo.test.google.fr")
		}
		if err := call(t, s.Address, creds); err != nil {
			t.Fatal(err)
		}
		c := report(t, s).GetConnections()[0]
		if frames.Type(c.GetLastFrame().GetType()) != frames.GoAway || len(c.GetGoaways()) != 1 ||
			c.GetTrailingBytes() != 0 || c.GetEnd() != "eof" {
			t.Errorf("TLS %v: %v", tls, c)
		}
	}
}

func TestCertificateIsForTheNamesOfTheInteropCases(t *testing.T) {
	s := start(t, Options{TLS: true})
	for name, ok := range map[string]bool{
		"foo.test.google.fr": true, "waterzooi.test.google.fr": true, "localhost": true, "127.0.0.1": true,
		"foo.test.google.com": false,
	} {
		if err := call(t, s.Address, trusted(t, name)); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPortInUseIsAClearError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = Start(Options{Port: l.Addr().(*net.TCPAddr).Port})
	if err == nil || !strings.Contains(err.Error(), "cannot listen on port") || !strings.Contains(err.Error(), "in use") {
		t.Fatal(err)
	}
}
