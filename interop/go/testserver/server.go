// Package testserver makes a test server: the interop test service on a port whose
// connections can be stalled, and StallControl on another port.
package testserver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"net"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"loopy/interop/gen/stallpb"
	"loopy/interop/stall"
	"loopy/interop/testdata"
	"loopy/interop/testservice"
)

// Options are the options of a server.
type Options struct {
	Port        int // 0 means any
	ControlPort int // 0 means any
	TLS         bool
	TLSVersion  uint16  // the only one, such as tls.VersionTLS12; 0 means grpc-go's own choice
	ClientCert  bool    // whether clients have to show a certificate
	Utilization float64 // of the application, as reported to load balancers; 0 means no reports
	RecvBuffer  int     // SO_RCVBUF; 0 means the kernel's own
	Window      int     // of streams and connections at first; 0 means grpc-go's own
	Pace        uint64  // bytes per second of each connection; 0 means no limit
	MaxStreams  uint    // of each connection at once; 0 means no limit
}

// Server is a running server.
type Server struct {
	Address, ControlAddress string

	servers []*grpc.Server
}

// Start starts a server on loopback. The caller stops it.
func Start(o Options) (*Server, error) {
	hub := stall.NewHub()
	hub.SetPace(o.Pace)
	tests, err := listen(o.Port, o.RecvBuffer)
	if err != nil {
		return nil, err
	}
	control, err := listen(o.ControlPort, 0)
	if err != nil {
		tests.Close()
		return nil, err
	}
	creds := insecure.NewCredentials()
	if o.TLS {
		config, err := tlsConfig(o)
		if err != nil {
			return nil, err
		}
		creds = credentials.NewTLS(config)
	}
	opts := append(testservice.Options(),
		grpc.Creds(hub.Credentials(creds)),
		grpc.MaxRecvMsgSize(math.MaxInt32))
	if o.Window > 0 {
		opts = append(opts,
			grpc.InitialWindowSize(int32(o.Window)),
			grpc.InitialConnWindowSize(int32(o.Window)))
	}
	if o.MaxStreams > 0 {
		opts = append(opts, grpc.MaxConcurrentStreams(uint32(o.MaxStreams)))
	}
	s := &Server{
		Address:        tests.Addr().String(),
		ControlAddress: control.Addr().String(),
		servers:        []*grpc.Server{grpc.NewServer(opts...), grpc.NewServer()},
	}
	testservice.Register(s.servers[0])
	if err := registerReports(s.servers[0], o.Utilization); err != nil {
		return nil, err
	}
	stallpb.RegisterStallControlServer(s.servers[1], stall.NewControl(hub))
	go s.servers[0].Serve(hub.Listen(tests))
	go s.servers[1].Serve(control)
	return s, nil
}

func tlsConfig(o Options) (*tls.Config, error) {
	pair, err := tls.X509KeyPair(testdata.ServerCertificate, testdata.ServerKey)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}}
	if o.TLSVersion != 0 {
		config.MinVersion, config.MaxVersion = o.TLSVersion, o.TLSVersion
	}
	if o.ClientCert {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(testdata.CA) {
			return nil, errors.New("the CA is no certificate")
		}
	}
	return config, nil
}

// Stop ends the server and its connections.
func (s *Server) Stop() {
	for _, server := range s.servers {
		server.Stop()
	}
}

func listen(port, recvBuffer int) (net.Listener, error) {
	config := net.ListenConfig{}
	if recvBuffer > 0 {
		// It is set before listen, since connections inherit it and the window
		// scale depends on it.
		config.Control = func(_, _ string, raw syscall.RawConn) error {
			var err error
			if controlErr := raw.Control(func(fd uintptr) {
				err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, recvBuffer)
			}); controlErr != nil {
				return controlErr
			}
			return err
		}
	}
	l, err := config.Listen(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, fmt.Errorf("cannot listen on port %d: %w", port, err)
	}
	return l, nil
}
