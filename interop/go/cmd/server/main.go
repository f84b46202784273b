// Command server is the interop test server that can stop reading.
//
// When it is ready it prints "port=NNN control_port=NNN". It ends with its
// standard input, or on SIGTERM or SIGINT.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"loopy/interop/testserver"
)

func main() {
	var o testserver.Options
	flag.IntVar(&o.Port, "port", 0, "port of the test service; 0: any free one")
	flag.IntVar(&o.ControlPort, "control_port", 0, "port of StallControl; 0: any free one")
	flag.BoolVar(&o.TLS, "use_tls", false, "serve the test service over TLS")
	tlsVersion := flag.String("tls_version", "", "the only version of TLS: 1.2 or 1.3; empty: both")
	flag.BoolVar(&o.ClientCert, "require_client_certificate", false, "refuse TLS clients without a certificate of the test CA")
	flag.Float64Var(&o.Utilization, "utilization", 0, "of the application, reported out of band (ORCA); 0: no reports")
	flag.IntVar(&o.RecvBuffer, "recv_buffer", 256<<10, "receive buffer of the test port's connections, in bytes; 0: the kernel's default")
	flag.IntVar(&o.Window, "window", 16<<20, "initial flow-control window of streams and connections, in bytes; 0: grpc-go's default")
	flag.Uint64Var(&o.Pace, "pace", 0, "bytes per second at which each connection is read; 0: as fast as it can")
	flag.UintVar(&o.MaxStreams, "max_streams", 0, "streams of a connection that may be open at once; 0: no limit")
	flag.Parse()
	if flag.NArg() > 0 {
		fail(fmt.Errorf("unexpected argument %q", flag.Arg(0)), 2)
	}
	if o.Window < 0 || o.Window > 1<<31-1 {
		fail(fmt.Errorf("--window=%d is not within 0 and 2147483647", o.Window), 2)
	}
	switch *tlsVersion {
	case "":
	case "1.2":
		o.TLSVersion = tls.VersionTLS12
	case "1.3":
		o.TLSVersion = tls.VersionTLS13
	default:
		fail(fmt.Errorf("--tls_version=%s is neither 1.2 nor 1.3", *tlsVersion), 2)
	}

	server, err := testserver.Start(o)
	if err != nil {
		fail(err, 1)
	}
	fmt.Printf("port=%d control_port=%d\n", portOf(server.Address), portOf(server.ControlAddress))

	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		over <- syscall.SIGTERM
	}()
	<-over
	// The end of the process closes the clients' connections, even those that a
	// stalled handler would keep open.
}

func portOf(address string) int {
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		fail(err, 1)
	}
	return a.Port
}

func fail(err error, code int) {
	fmt.Fprintln(os.Stderr, "server:", err)
	os.Exit(code)
}
