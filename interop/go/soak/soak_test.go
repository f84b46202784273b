package soak

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"loopy/interop/gen/soakpb"
)

// TestMain makes this program play the client for its tests.
func TestMain(m *testing.M) {
	switch os.Getenv("SOAK_TEST_ROLE") {
	case "":
		os.Exit(m.Run())
	case "good":
		fmt.Println(`{"client":"loopy","calls":"7","statuses":{"OK":"7"}}`)
	case "hangs":
		fmt.Println(`{"client":"loopy","calls":"7","hangs":"2"}`)
	case "dies":
		os.Exit(134)
	case "babbles":
		fmt.Println("hello")
	}
}

func runRole(t *testing.T, role string) (*soakpb.SoakReport, error) {
	t.Helper()
	t.Setenv("SOAK_TEST_ROLE", role)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Run(context.Background(), Options{Client: []string{self}, Servers: 2, Length: 100 * time.Millisecond, Log: io.Discard})
}

func TestEndsOfTheClient(t *testing.T) {
	for role, want := range map[string]string{
		"dies": "the client died: exit status 134", "babbles": "the client printed no report: ",
	} {
		if r, err := runRole(t, role); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v %v", role, r, err)
		}
	}
	r, err := runRole(t, "hangs")
	if err != nil || r.GetPassed() || !slices.Contains(r.GetProblems(), "2 calls did not end in time") {
		t.Error(r, err)
	}
	// A client that makes no calls must not pass.
	r, err = runRole(t, "good")
	if err != nil || r.GetPassed() || !slices.Equal(r.GetProblems(), []string{"no call was made"}) {
		t.Error(r, err)
	}
}

// Catches a failure that is excused without a reason, or is not with one.
func TestEachFailureIsSomebodys(t *testing.T) {
	now := time.Now()
	at := func(d time.Duration) int64 { return now.Add(d).UnixMicro() }
	stops := []stop{{7001, now, now.Add(time.Second / 2)}}
	failure := func(change func(f *soakpb.SoakFailure)) *soakpb.SoakFailure {
		f := &soakpb.SoakFailure{
			Id: 4, Code: "UNAVAILABLE", Message: "Socket closed", Peer: "ipv4:127.0.0.1:7001",
			BeganUs: at(time.Second), EndedUs: at(2 * time.Second),
		}
		change(f)
		return f
	}
	around := func(f *soakpb.SoakFailure) { f.BeganUs, f.EndedUs = at(-time.Second), at(time.Second) }
	for _, c := range []struct {
		name, want string
		failure    *soakpb.SoakFailure
	}{
		{"a call that nobody saw", "saveable", failure(func(f *soakpb.SoakFailure) {})},
		{"a call that its server saw", "lost", failure(func(f *soakpb.SoakFailure) { f.Id = 8 })},
		{"a call whose server was stopped", "lost", failure(around)},
		{"a call that began while its server was stopped", "lost", failure(func(f *soakpb.SoakFailure) { f.BeganUs = at(time.Second / 4) })},
		{"a call whose server is not known", "lost", failure(func(f *soakpb.SoakFailure) { around(f); f.Peer = "" })},
		{"a call of another server", "saveable", failure(func(f *soakpb.SoakFailure) { around(f); f.Peer = "ipv4:127.0.0.1:7002" })},
		{"a refused call", "refused", failure(func(f *soakpb.SoakFailure) { f.Message = "RST_STREAM: REFUSED_STREAM" })},
		{"a call with a retry policy", "saveable", failure(func(f *soakpb.SoakFailure) { around(f); f.Id = 11 })},
		{"the same without a policy", "lost", failure(func(f *soakpb.SoakFailure) { around(f); f.Id = 11 })},
		{"the same, and it was answered", "lost", failure(func(f *soakpb.SoakFailure) { f.Id, f.Answered = 11, true })},
		{"a call that was cancelled at that time", "lost", failure(func(f *soakpb.SoakFailure) { f.Over = true })},
		{"another status", "unexpected", failure(func(f *soakpb.SoakFailure) { around(f); f.Code = "INTERNAL" })},
	} {
		policy := !strings.HasSuffix(c.name, "without a policy")
		r := &soakpb.SoakReport{Served: 1, Client: &soakpb.SoakClientReport{
			Calls: 1, RetryPolicy: policy, Failures: []*soakpb.SoakFailure{c.failure},
		}}
		judge(r, func(id uint64) bool { return id == 8 || id == 11 }, stops)
		got := map[string]int{
			"lost": int(r.GetLostWithServer()), "refused": int(r.GetRefusedTwice()),
			"saveable": len(r.GetSaveable()), "unexpected": len(r.GetUnexpected()),
		}
		if got[c.want] != 1 || r.GetPassed() != (c.want == "lost" || c.want == "refused") {
			t.Errorf("%s: %v", c.name, r)
		}
		// (It began half a second after the stop was over.)
		if c.name == "a call that nobody saw" && r.GetSaveable()[0].GetMsAfterStop() < 499 {
			t.Errorf("%s: %v", c.name, r)
		}
	}
}

// client calls the servers of s, with grpc-go's own client.
func client(t *testing.T, s *servers) testpb.TestServiceClient {
	t.Helper()
	c, err := grpc.NewClient(fmt.Sprintf("passthrough:///127.0.0.1:%d", s.all[0].port),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return testpb.NewTestServiceClient(c)
}

func startOne(t *testing.T) *servers {
	t.Helper()
	s, err := startServers(1, &records{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stopAll)
	return s
}

func TestRecordsTellWhatRanTwice(t *testing.T) {
	s := startOne(t)
	c := client(t, s)
	for _, id := range []string{"5", "3", "2", "5", "3"} {
		ctx := metadata.AppendToOutgoingContext(context.Background(), idKey, id)
		var header metadata.MD
		if _, err := c.UnaryCall(ctx, &testpb.SimpleRequest{}, grpc.Header(&header)); err != nil || len(header["soak-answered"]) != 1 {
			t.Fatal(err, header)
		}
	}
	ran, _, twice := s.records.summary(func(id uint64) bool { return id%kinds != retriedKind })
	if ran != 3 || !slices.Equal(twice, []uint64{5}) || !s.records.wasSeen(2) || s.records.wasSeen(4) {
		t.Fatal(ran, twice)
	}
}

// Catches a server that announces the limit that it has: it would refuse no
// stream.
func TestServerRefusesStreams(t *testing.T) {
	s := startOne(t)
	c := client(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var calls sync.WaitGroup
	var mu sync.Mutex
	ends := map[codes.Code]int{}
	for range 4 * takenStreams {
		calls.Go(func() {
			stream, err := c.StreamingOutputCall(ctx, &testpb.StreamingOutputCallRequest{
				ResponseParameters: []*testpb.ResponseParameters{{IntervalUs: 100000}},
			})
			if err == nil {
				_, err = stream.Recv()
			}
			mu.Lock()
			defer mu.Unlock()
			ends[status.Code(err)]++
		})
	}
	calls.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if ends[codes.OK] < takenStreams || ends[codes.Unavailable] == 0 || s.resets == 0 {
		t.Fatal(ends, s.resets)
	}
}

// Catches a server that does not come back at its port, and an abrupt stop that is
// not among those that excuse a failure.
func TestServersComeBack(t *testing.T) {
	s := startOne(t)
	c := client(t, s)
	for _, graceful := range []bool{true, false} {
		s.all[0].stop(graceful)
		if err := s.all[0].start(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		_, err := c.EmptyCall(ctx, &testpb.Empty{}, grpc.WaitForReady(true))
		for status.Code(err) == codes.Unavailable { // on the old connection
			_, err = c.EmptyCall(ctx, &testpb.Empty{}, grpc.WaitForReady(true))
		}
		cancel()
		if err != nil {
			t.Fatal(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.graceful != 1 || len(s.stops) != 1 || s.stops[0].port != s.all[0].port {
		t.Fatal(s.graceful, s.stops)
	}
}
