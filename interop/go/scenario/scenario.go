// Package scenario runs the scenarios of the stall demo on grpc-go's own
// client, as the reference for other clients.
//
//	result := scenario.Run(ctx, "b", scenario.Options{Server: "...", Control: "..."})
package scenario

import (
	"context"
	"fmt"
	"math"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"loopy/interop/gen/scenariopb"
	"loopy/interop/gen/stallpb"
)

// ClientName is the client's name in results.
const ClientName = "grpc-go"

// Options are the options of a run.
type Options struct {
	Server, Control string        // addresses
	Stall           time.Duration // the longest that the server does not read
	Deadline        time.Duration // of scenario a's call
	PayloadBytes    int           // of scenario a's message
	BulkStreams     int           // of scenario d
	Measure         time.Duration // how long scenario d measures
}

const (
	// Uploads send messages of this size.
	uploadBytes = 1 << 20
	// This many uploads get stuck in scenarios b, c, e and f.
	stuckUploads = 4
	// Writes that make no progress for this long are stuck.
	stuckAfter = 300 * time.Millisecond
	// In scenario c the server reads again this long after the close.
	resumeAfter = 300 * time.Millisecond
	// Scenario d runs for this long before it measures.
	warmUp = 500 * time.Millisecond
	// This bounds everything that should take no time.
	patience = 10 * time.Second
)

var scenarios = map[string]func(*session, *scenariopb.ScenarioResult) error{
	"a": (*session).deadline,
	"b": (*session).close,
	"c": (*session).linger,
	"d": (*session).fairness,
	"e": (*session).cancel,
	"f": (*session).memory,
}

// Run runs one scenario, "a" to "f". A failure is in the result's error.
func Run(ctx context.Context, name string, o Options) *scenariopb.ScenarioResult {
	result := &scenariopb.ScenarioResult{Client: ClientName}
	run, ok := scenarios[name]
	if !ok {
		result.Error = fmt.Sprintf("there is no scenario %q, only a, b, c, d, e and f", name)
		return result
	}
	s, err := connect(ctx, o)
	if err == nil {
		defer s.disconnect()
		err = run(s, result)
	}
	if err != nil {
		result.Error = err.Error()
		result.Result = nil
	}
	return result
}

// session is one connection to the test server, and one to its StallControl.
type session struct {
	Options
	ctx     context.Context
	cc      *grpc.ClientConn
	test    testpb.TestServiceClient
	control stallpb.StallControlClient

	controlConn *grpc.ClientConn
	mu          sync.Mutex
	local       *net.TCPAddr // our end of the test connection
	socket      socket
}

func connect(ctx context.Context, o Options) (*session, error) {
	s := &session{Options: o, ctx: ctx}
	plain := grpc.WithTransportCredentials(insecure.NewCredentials())
	var err error
	if s.controlConn, err = grpc.NewClient("passthrough:///"+o.Control, plain); err != nil {
		return nil, err
	}
	s.control = stallpb.NewStallControlClient(s.controlConn)
	s.cc, err = grpc.NewClient("passthrough:///"+o.Server, plain,
		grpc.WithContextDialer(s.dial),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(math.MaxInt32)))
	if err != nil {
		s.controlConn.Close()
		return nil, err
	}
	s.test = testpb.NewTestServiceClient(s.cc)

	// Both connections are up when these calls have ended.
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := s.test.EmptyCall(ctx, &testpb.Empty{}); err != nil {
		s.disconnect()
		return nil, fmt.Errorf("no call to the test server at %s: %w", o.Server, err)
	}
	if _, err := s.control.GetReport(ctx, &stallpb.GetReportRequest{}); err != nil {
		s.disconnect()
		return nil, fmt.Errorf("no call to StallControl at %s: %w", o.Control, err)
	}
	return s, nil
}

// disconnect lets the server read again first, since grpc-go's Close waits for
// its GOAWAY to be written.
func (s *session) disconnect() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), time.Second)
	defer cancel()
	s.control.Resume(ctx, &stallpb.ResumeRequest{})
	s.cc.Close()
	s.controlConn.Close()
}

func (s *session) dial(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.local == nil { // not a connection that is dialled after the scenario closed it
		s.local = c.LocalAddr().(*net.TCPAddr)
		s.socket, err = socketOf(c.(*net.TCPConn))
	}
	return c, err
}

// stall makes the server stop reading for at most o.Stall.
func (s *session) stall() error {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	if _, err := s.control.Arm(ctx, &stallpb.ArmRequest{
		When:       &stallpb.ArmRequest_AtOnce{AtOnce: true},
		DurationMs: uint32(s.Stall.Milliseconds()),
	}); err != nil {
		return fmt.Errorf("Arm: %w", err)
	}
	report, err := s.control.AwaitStalled(ctx, &stallpb.AwaitStalledRequest{
		Count: 1, TimeoutMs: uint32(patience.Milliseconds() / 2),
	})
	if err == nil && !report.GetSatisfied() {
		err = fmt.Errorf("the server did not stall")
	}
	return err
}

// connection finds our connection in a report.
func (s *session) connection(r *stallpb.Report) (*stallpb.ConnectionReport, error) {
	for _, c := range r.GetConnections() {
		if c.GetPeer() == s.local.String() {
			return c, nil
		}
	}
	return nil, fmt.Errorf("the server's report has no connection from %s", s.local)
}

// deadline is scenario a.
func (s *session) deadline(result *scenariopb.ScenarioResult) error {
	request := &testpb.SimpleRequest{Payload: &testpb.Payload{Body: make([]byte, s.PayloadBytes)}}
	if err := s.stall(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.Deadline)
	defer cancel()
	began := time.Now()
	_, err := s.test.UnaryCall(ctx, request)
	result.Result = &scenariopb.ScenarioResult_Deadline{Deadline: &scenariopb.DeadlineResult{
		DeadlineMs: ms(s.Deadline),
		EndedMs:    ms(time.Since(began)),
		Code:       codeName(err),
		Message:    status.Convert(err).Message(),
	}}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
