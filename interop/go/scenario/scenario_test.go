package scenario

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"loopy/interop/gen/scenariopb"
	"loopy/interop/testserver"
)

// runAgainstServer runs a scenario with a server of its own, over real sockets.
func runAgainstServer(t *testing.T, name string, o Options) *scenariopb.ScenarioResult {
	t.Helper()
	server, err := testserver.Start(testserver.Options{RecvBuffer: 256 << 10, Window: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	o.Server, o.Control = server.Address, server.ControlAddress
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r := Run(ctx, name, o)
	if r.GetError() != "" {
		t.Fatal(r.GetError())
	}
	return r
}

func TestStuckCallEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	r := runAgainstServer(t, "a", Options{
		Stall: 3 * time.Second, Deadline: 400 * time.Millisecond, PayloadBytes: 32 << 20,
	}).GetDeadline()
	if r.GetCode() != "DEADLINE_EXCEEDED" || r.GetEndedMs() < 400 || r.GetEndedMs() > 2000 {
		t.Fatal(r)
	}
}

// grpc-go's Close waits up to five seconds for its GOAWAY, here until the stall is
// over. Catches a server that does not really stall: Close then ends at once.
func TestCloseIsStuckAsLongAsTheServerStalls(t *testing.T) {
	t.Parallel()
	r := runAgainstServer(t, "b", Options{Stall: 2 * time.Second}).GetClose()
	if r.GetCallerBlockedMs() < 500 || r.GetCallerBlockedMs() > 4000 ||
		r.GetCallsFailedMs() < 500 || r.GetSocketGoneMs() < 500 {
		t.Fatal(r)
	}
}

func TestServerThatReadsAgainSeesTheGoAway(t *testing.T) {
	t.Parallel()
	r := runAgainstServer(t, "c", Options{Stall: 5 * time.Second}).GetLinger()
	if !r.GetGoawaySeen() || r.GetDebugData() != "client transport shutdown" || r.GetTrailingBytes() != 0 {
		t.Fatal(r)
	}
}

func TestFairnessCountsBothKindsOfCalls(t *testing.T) {
	t.Parallel()
	r := runAgainstServer(t, "d", Options{BulkStreams: 2, Measure: 300 * time.Millisecond}).GetFairness()
	if r.GetSmallCalls() < 1 || r.GetP50Ms() <= 0 || r.GetP99Ms() < r.GetP50Ms() || r.GetBulkMbPerS() < 1 {
		t.Fatal(r)
	}
}

func TestStuckUploadsAreCancelled(t *testing.T) {
	t.Parallel()
	r := runAgainstServer(t, "e", Options{Stall: 5 * time.Second}).GetCancel()
	if r.GetCalls() != stuckUploads || r.GetCode() != "CANCELLED" || r.GetEndedMs() > 2000 {
		t.Fatal(r)
	}
}

// grpc-go's loopy writer keeps the messages that ended calls have queued. Catches
// a server that does not really stall: the writer then keeps none.
func TestEndedCallsStayInMemoryWhileTheServerStalls(t *testing.T) {
	t.Parallel()
	r := runAgainstServer(t, "f", Options{Stall: 1500 * time.Millisecond}).GetMemory()
	if r.GetCalls() < memoryCallers || r.GetHeapKbPerCall() < 32 || r.GetHeldKb() < 1000 || r.GetNextCallCode() != "OK" {
		t.Fatal(r)
	}
}

func TestNoServerIsAClearError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close()
	r := Run(context.Background(), "a", Options{Server: nobody, Control: nobody})
	if !strings.Contains(r.GetError(), "no call to the test server at "+nobody) {
		t.Fatal(r)
	}
	if r := Run(context.Background(), "z", Options{}); !strings.Contains(r.GetError(), `no scenario "z"`) {
		t.Fatal(r)
	}
}

func TestSocketIsHeldUntilItIsClosed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := socketOf(c.(*net.TCPConn))
	if err != nil {
		t.Fatal(err)
	}
	if held, err := s.held(); !held || err != nil {
		t.Fatal(held, err)
	}
	c.Write(make([]byte, 1000)) // nobody reads it, so that a close leaves an orphan
	c.Close()
	if held, err := s.held(); held || err != nil {
		t.Fatal(held, err)
	}
}

func TestPercentile(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1))
	}
	for _, c := range []struct{ n, p, want int }{{100, 50, 50}, {100, 99, 99}, {1, 99, 1}, {3, 50, 2}, {0, 50, 0}} {
		if got := percentile(hundred[:c.n], c.p); got != time.Duration(c.want) {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

func TestCodeNamesAreThoseOfCpp(t *testing.T) {
	for code, want := range map[codes.Code]string{
		codes.OK: "OK", codes.Canceled: "CANCELLED", codes.DeadlineExceeded: "DEADLINE_EXCEEDED", codes.Unavailable: "UNAVAILABLE",
	} {
		if got := codeName(status.Error(code, "")); got != want {
			t.Error(fmt.Sprint(got, " ", want))
		}
	}
}
