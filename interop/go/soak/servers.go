package soak

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"loopy/interop/frames"
	"loopy/interop/gen/stallpb"
	"loopy/interop/stall"
	"loopy/interop/testservice"
)

const (
	// The servers are stopped in turn, one each time.
	restartEvery = 2 * time.Second
	maxDown      = 500 * time.Millisecond
	// A graceful stop waits this long for its calls.
	maxDrain = 3 * time.Second
	// A server that starts again waits this long for its port.
	rebind = 2 * time.Second
	// One server stops reading each time.
	stallEvery = 1500 * time.Millisecond
	maxStall   = 2500 * time.Millisecond
	// Connections get a GOAWAY at about this age; their calls may go on.
	connectionAge = 3 * time.Second
	connectionEnd = time.Minute
	// A refusing server announces the first limit of streams, and has the second.
	announcedStreams = 100
	takenStreams     = 6
)

// stop is the time within which a server broke off its connections. grpc-go's Stop
// first waits for handshakes, which may be stalled.
type stop struct {
	port      int
	at, until time.Time
}

// servers are servers of the test service that are restarted in turn.
type servers struct {
	records *records
	all     []*oneServer

	mu       sync.Mutex
	graceful uint64
	stalls   uint64
	stops    []stop // the abrupt ones
	silent   []stop // connections that a server ended without a GOAWAY
	goAways  uint64
	resets   uint64
}

// oneServer is the server at one port. It survives restarts.
type oneServer struct {
	owner   *servers
	port    int
	refuses bool // announces a higher limit of streams than it has
	ages    bool // sends connections away by their age

	server *grpc.Server
	hub    *stall.Hub
}

func startServers(n int, r *records) (*servers, error) {
	s := &servers{records: r}
	for i := range n {
		o := &oneServer{owner: s, refuses: i == 0, ages: i%2 == 0}
		if err := o.start(); err != nil {
			s.stopAll()
			return nil, err
		}
		s.all = append(s.all, o)
	}
	return s, nil
}

// ends returns all times at which a client may have lost a connection without a
// GOAWAY. The caller holds mu.
func (s *servers) ends() []stop {
	return slices.Concat(s.stops, s.silent)
}

func (s *servers) stopAll() {
	for _, o := range s.all {
		o.server.Stop()
	}
}

// target returns the target of a client's channel.
func (s *servers) target() string {
	target := "ipv4:"
	for i, o := range s.all {
		if i > 0 {
			target += ","
		}
		target += fmt.Sprintf("127.0.0.1:%d", o.port)
	}
	return target
}

func (o *oneServer) start() error {
	address := fmt.Sprintf("127.0.0.1:%d", o.port)
	l, err := net.Listen("tcp", address)
	for began := time.Now(); err != nil && time.Since(began) < rebind; {
		time.Sleep(10 * time.Millisecond) // a client may have the port for a moment
		l, err = net.Listen("tcp", address)
	}
	if err != nil {
		return err
	}
	o.port = l.Addr().(*net.TCPAddr).Port
	o.hub = stall.NewHub()
	opts := append(testservice.Options(), o.owner.records.options()...)
	opts = append(opts, grpc.Creds(insecure.NewCredentials()))
	if o.ages {
		opts = append(opts, grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionAge: connectionAge, MaxConnectionAgeGrace: connectionEnd,
		}))
	}
	if o.refuses {
		opts = append(opts, grpc.MaxConcurrentStreams(takenStreams))
	}
	o.server = grpc.NewServer(opts...)
	testservice.Register(o.server)
	go o.server.Serve(&listener{o.hub.Listen(l), o})
	return nil
}

// run restarts and stalls servers until the context ends.
func (s *servers) run(ctx context.Context, random *rand.Rand) error {
	restart, stall := time.NewTicker(restartEvery), time.NewTicker(stallEvery)
	defer restart.Stop()
	defer stall.Stop()
	next := 0
	for {
		select {
		case <-ctx.Done():
			for _, o := range s.all {
				o.hub.Resume()
			}
			return nil
		case <-stall.C:
			o := s.all[random.IntN(len(s.all))]
			o.hub.Arm(&stallpb.ArmRequest{
				When:       &stallpb.ArmRequest_AtOnce{AtOnce: true},
				DurationMs: uint32(1 + random.IntN(int(maxStall.Milliseconds()))),
			})
			s.mu.Lock()
			s.stalls++
			s.mu.Unlock()
		case <-restart.C:
			s.all[next].stop(random.IntN(4) > 0)
			time.Sleep(time.Duration(random.Int64N(int64(maxDown))))
			if err := s.all[next].start(); err != nil {
				return err
			}
			next = (next + 1) % len(s.all)
		}
	}
}

// stop stops a server abruptly, or gracefully unless that takes too long.
func (o *oneServer) stop(graceful bool) {
	if graceful {
		over := time.AfterFunc(maxDrain, func() { o.breakOff() })
		o.server.GracefulStop()
		over.Stop()
		o.owner.mu.Lock()
		o.owner.graceful++
		o.owner.mu.Unlock()
		return
	}
	o.breakOff()
}

func (o *oneServer) breakOff() {
	began := time.Now()
	o.server.Stop()
	o.owner.mu.Lock()
	defer o.owner.mu.Unlock()
	o.owner.stops = append(o.owner.stops, stop{o.port, began, time.Now()})
}

// listener wraps connections to count the written frames, and to change them if
// the server has to refuse streams.
type listener struct {
	net.Listener
	server *oneServer
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, server: l.server, out: frames.NewScanner(false), first: true}, nil
}

// conn is a server's end of a connection.
type conn struct {
	net.Conn
	server *oneServer

	// These belong to the one goroutine that writes.
	out   *frames.Scanner
	first bool

	saidGoAway atomic.Bool
	peerEnded  atomic.Bool
	closed     atomic.Bool
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		c.peerEnded.Store(true)
	}
	return n, err
}

// Close notes a connection that the server ends without a GOAWAY, as grpc-go does
// to one that comes while the server stops.
func (c *conn) Close() error {
	if !c.closed.Swap(true) && !c.saidGoAway.Load() && !c.peerEnded.Load() {
		now := time.Now()
		s := c.server.owner
		s.mu.Lock()
		s.silent = append(s.silent, stop{c.server.port, now, now})
		s.mu.Unlock()
	}
	return c.Conn.Close()
}

func (c *conn) Write(p []byte) (int, error) {
	if c.first && c.server.refuses {
		p = announceStreams(p)
	}
	c.first = false
	n, err := c.Conn.Write(p)
	c.out.Feed(p[:n], func(h frames.Header, _ *frames.GoAwayFrame) {
		if h.Type == frames.GoAway {
			c.saidGoAway.Store(true)
		}
		c.server.owner.count(h)
	})
	return n, err
}

func (s *servers) count(h frames.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch h.Type {
	case frames.GoAway:
		s.goAways++
	case frames.RstStream:
		s.resets++
	}
}

// announceStreams rewrites SETTINGS_MAX_CONCURRENT_STREAMS in the SETTINGS frame
// that is a server's first.
func announceStreams(p []byte) []byte {
	const header, setting = 9, 6
	if len(p) < header || frames.Type(p[3]) != frames.Settings {
		return p
	}
	length := int(p[0])<<16 | int(p[1])<<8 | int(p[2])
	changed := append([]byte(nil), p...)
	for at := header; at+setting <= min(header+length, len(p)); at += setting {
		if http2.SettingID(binary.BigEndian.Uint16(changed[at:])) == http2.SettingMaxConcurrentStreams {
			binary.BigEndian.PutUint32(changed[at+2:], announcedStreams)
		}
	}
	return changed
}
