package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"loopy/interop/gen/scenariopb"
)

// TestMain makes this program play the server and the clients for its tests.
func TestMain(m *testing.M) {
	switch role := os.Getenv("DEMO_TEST_ROLE"); {
	case role == "":
		os.Exit(m.Run())
	case slices.ContainsFunc(os.Args, func(a string) bool { return strings.HasPrefix(a, "--scenario=") }):
		os.Exit(playClient(role))
	case role == "server-fails":
		fmt.Fprintln(os.Stderr, "cannot listen on port 1: taken")
		os.Exit(1)
	default:
		fmt.Println("port=1 control_port=2")
		io.Copy(io.Discard, os.Stdin)
	}
}

func playClient(role string) int {
	arg := func(name string) string {
		for _, a := range os.Args {
			if v, ok := strings.CutPrefix(a, "--"+name+"="); ok {
				return v
			}
		}
		return ""
	}
	name := arg("transport")
	if name == "" {
		name = GrpcGo
	}
	if role == "other-dies" && slices.Contains(os.Args, "--other") {
		fmt.Fprintln(os.Stderr, "no such library")
		return 127
	}
	if name == Loopy {
		switch role {
		case "loopy-dies":
			fmt.Fprintln(os.Stderr, "first\nASSERTION FAILED")
			return 134
		case "loopy-errs":
			fmt.Println(`{"client":"loopy","error":"no route"}`)
			return 1
		case "loopy-babbles":
			fmt.Println("hello")
			return 0
		}
	}
	var bulk uint32
	fmt.Sscan(arg("bulk_streams"), &bulk)
	result := goodResult(name, arg("scenario"), bulk)
	if role == "noisy" && bulk == 0 && name == Loopy && result.GetFairness() != nil {
		result.GetFairness().P50Ms = []float64{0.8, 1.2}[countRun()%2]
	}
	text, _ := protojson.Marshal(result)
	fmt.Println(string(text))
	return 0
}

// countRun returns how many times it was called with the same file, in all programs.
func countRun() int64 {
	f, err := os.OpenFile(os.Getenv("DEMO_TEST_RUNS"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	f.WriteString("x")
	n, _ := f.Seek(0, io.SeekEnd)
	return n
}

// goodResult returns a result that keeps all bounds if it is loopy's.
func goodResult(client, scenario string, bulk uint32) *scenariopb.ScenarioResult {
	r := &scenariopb.ScenarioResult{Client: client}
	switch scenario {
	case "a":
		r.Result = &scenariopb.ScenarioResult_Deadline{Deadline: &scenariopb.DeadlineResult{
			DeadlineMs: 2000, EndedMs: 2001, Code: "DEADLINE_EXCEEDED"}}
	case "b":
		r.Result = &scenariopb.ScenarioResult_Close{Close: &scenariopb.CloseResult{
			CallerBlockedMs: 0.1, CallsFailedMs: 0.2, SocketGoneMs: 1010, Code: "UNAVAILABLE"}}
	case "c":
		r.Result = &scenariopb.ScenarioResult_Linger{Linger: &scenariopb.LingerResult{
			GoawaySeen: true, GoawayWasLastFrame: true, DebugData: goAwayDebugData}}
	case "d":
		latency := map[string]float64{Loopy: 1, Chttp2: 10, GrpcGo: 4}[client]
		if os.Getenv("GRPC_EXPERIMENTS") == "ph2_client" && slices.Contains(os.Args, "--retries=false") {
			latency = 36
		}
		if bulk == 0 {
			latency = 1
		}
		f := &scenariopb.FairnessResult{BulkStreams: bulk, SmallCalls: 10, P50Ms: latency, P99Ms: 2 * latency}
		if bulk > 0 {
			f.BulkMbPerS = 100
		}
		r.Result = &scenariopb.ScenarioResult_Fairness{Fairness: f}
	case "e":
		r.Result = &scenariopb.ScenarioResult_Cancel{Cancel: &scenariopb.CancelResult{
			Calls: 4, EndedMs: 0.3, Code: "CANCELLED"}}
	case "f":
		r.Result = &scenariopb.ScenarioResult_Memory{Memory: &scenariopb.MemoryResult{
			Calls: 16000, HeapKbPerCall: 0.01, NextCallCode: "OK"}}
	}
	return r
}

func runDemo(t *testing.T, role string, quick bool) (*scenariopb.DemoReport, []string) {
	t.Helper()
	return runDemoOf(t, role, quick, nil)
}

// runDemoOf runs these clients; all if there are none.
func runDemoOf(t *testing.T, role string, quick bool, clients []string) (*scenariopb.DemoReport, []string) {
	t.Helper()
	t.Setenv("DEMO_TEST_ROLE", role)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	programs := Programs{Server: self, Client: self, StallClient: self}
	if strings.HasPrefix(role, "other-") {
		programs.OtherRelease = "1.83"
		programs.OtherStallClient = []string{self, "--other"}
	}
	if clients == nil {
		clients = programs.Names()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return Run(ctx, Options{
		Programs: programs, Clients: clients,
		Quick: quick, Stall: 3 * time.Second, MemoryStall: 3 * time.Second, Log: io.Discard,
	})
}

func TestGoodClientsPass(t *testing.T) {
	for _, quick := range []bool{true, false} {
		r, problems := runDemo(t, "good", quick)
		if !r.GetPassed() || len(problems) != 0 || len(r.GetStalls()) != 15 || len(r.GetFairness()) != 24 {
			t.Fatal(r, problems)
		}
		var out strings.Builder
		WriteTable(&out, r)
		for _, want := range []string{"2001", "DEADLINE_EXCEEDED", "1.0 / 2.0, 100", "10.0 / 20.0, 100", "kept"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the table lacks %q:\n%s", want, out.String())
			}
		}
		if strings.Contains(strings.ToLower(out.String()), "missed") {
			t.Error(out.String())
		}
	}
}

// Break caught: a bound against a client that was left out, which nothing can keep.
func TestClientsThatAreLeftOutGiveNoBounds(t *testing.T) {
	for _, quick := range []bool{true, false} {
		all, _ := runDemo(t, "good", quick)
		bounds := len(all.GetBounds())
		for _, clients := range [][]string{{Loopy, Chttp2}, {Loopy, GrpcGo}, {Loopy}} {
			r, problems := runDemoOf(t, "good", quick, clients)
			if !r.GetPassed() || len(problems) != 0 || len(r.GetBounds()) >= bounds {
				t.Error(quick, clients, r.GetBounds(), problems)
			}
		}
	}
}

func TestOtherClientsAreShownAndHaveNoBounds(t *testing.T) {
	r, problems := runDemo(t, "other-good", false)
	names := []string{"loopy", "chttp2", "grpc-go", "loopy-1.83", "chttp2-1.83", "ph2-1.83"}
	if !r.GetPassed() || len(problems) != 0 || !slices.Equal(r.GetClients(), names) || r.GetOtherClients() != 3 {
		t.Fatal(r, problems)
	}
	var out strings.Builder
	WriteTable(&out, r)
	for _, want := range []string{"ph2-1.83", "36.0 / 72.0, 100", "Single runs: loopy-1.83, chttp2-1.83, ph2-1.83."} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
	if good, _ := runDemo(t, "good", false); len(good.GetBounds()) != len(r.GetBounds()) {
		t.Error("another client has a bound")
	}

	r, problems = runDemo(t, "other-dies", true)
	if !r.GetPassed() || len(problems) == 0 || !strings.Contains(problems[0], "-1.83, scenario") {
		t.Error(r.GetPassed(), problems)
	}
}

func TestBrokenProgramsAreOneClearLine(t *testing.T) {
	for role, want := range map[string]string{
		"loopy-dies":    "loopy, scenario a: the client died: exit status 134: ASSERTION FAILED",
		"loopy-errs":    "loopy, scenario a: no route",
		"loopy-babbles": "loopy, scenario a: the client printed no result: ",
		"server-fails":  "loopy, scenario a: the test server did not get ready: cannot listen on port 1: taken",
	} {
		r, problems := runDemo(t, role, true)
		if r.GetPassed() || len(problems) == 0 || !strings.HasPrefix(problems[0], want) || strings.Contains(problems[0], "\n") {
			t.Errorf("%s: %v %q", role, r.GetPassed(), problems)
		}
	}
}

// Each figure that is just beyond its bound misses that bound, and no other.
func TestEachMissedBoundIsNamed(t *testing.T) {
	good, _ := runDemo(t, "good", false)
	fairness := func(r *scenariopb.DemoReport, paced bool, bulk uint32) *scenariopb.FairnessResult {
		return findMedian(r, Loopy, paced, bulk)
	}
	for _, c := range []struct {
		figure string
		spoil  func(r *scenariopb.DemoReport)
	}{
		{"a: the call ended", func(r *scenariopb.DemoReport) { find(r, Loopy, "a").GetDeadline().EndedMs = 2050.1 }},
		{"a: the call ended", func(r *scenariopb.DemoReport) { find(r, Loopy, "a").GetDeadline().EndedMs = 1999 }},
		{"a: its status", func(r *scenariopb.DemoReport) { find(r, Loopy, "a").GetDeadline().Code = "UNAVAILABLE" }},
		{"b: the caller was blocked", func(r *scenariopb.DemoReport) { find(r, Loopy, "b").GetClose().CallerBlockedMs = 10 }},
		{"b: the calls had failed", func(r *scenariopb.DemoReport) { find(r, Loopy, "b").GetClose().CallsFailedMs = 50 }},
		{"b: the socket was gone", func(r *scenariopb.DemoReport) { find(r, Loopy, "b").GetClose().SocketGoneMs = 1101 }},
		{"c: the GOAWAY", func(r *scenariopb.DemoReport) { find(r, Loopy, "c").GetLinger().GoawayWasLastFrame = false }},
		{"c: the GOAWAY", func(r *scenariopb.DemoReport) { find(r, Loopy, "c").GetLinger().TrailingBytes = 1 }},
		{"c: it says", func(r *scenariopb.DemoReport) { find(r, Loopy, "c").GetLinger().LastStreamId = 9 }},
		{"c: it says", func(r *scenariopb.DemoReport) { find(r, Loopy, "c").GetLinger().ErrorCode = 1 }},
		{"e: the cancelled calls had ended", func(r *scenariopb.DemoReport) { find(r, Loopy, "e").GetCancel().EndedMs = 50 }},
		{"f: the heap grew", func(r *scenariopb.DemoReport) { find(r, Loopy, "f").GetMemory().HeapKbPerCall = 0.1 }},
		{"f: the next call", func(r *scenariopb.DemoReport) { find(r, Loopy, "f").GetMemory().NextCallCode = "DEADLINE_EXCEEDED" }},
		{"d: paced, 0 bulk: p50", func(r *scenariopb.DemoReport) { setRatio(r, true, 0, "p50", 1.01, 1.1) }},
		{"d: as fast as it can, 0 bulk: p99", func(r *scenariopb.DemoReport) { setRatio(r, false, 0, "p99", 1.2, 1.4) }},
		{"d: paced, 16 bulk: p50", func(r *scenariopb.DemoReport) { fairness(r, true, 16).P50Ms = 1.26 }},
		{"d: paced, 16 bulk: p50", func(r *scenariopb.DemoReport) { fairness(r, true, 1).P50Ms = 0.6 }},
		{"d: paced, 16 bulk: p99", func(r *scenariopb.DemoReport) { fairness(r, true, 16).P99Ms = 4.1 }},
		{"d: paced, 4 bulk: p50", func(r *scenariopb.DemoReport) { fairness(r, true, 4).P50Ms = 4 }},
		{"d: as fast as it can, 16 bulk: p50", func(r *scenariopb.DemoReport) { fairness(r, false, 16).P50Ms = 2.6 }},
		{"d: as fast as it can, 4 bulk: p99", func(r *scenariopb.DemoReport) { fairness(r, false, 4).P99Ms = 8 }},
		{"d: paced, 1 bulk: bulk", func(r *scenariopb.DemoReport) { fairness(r, true, 1).BulkMbPerS = 92.9 }},
		{"d: as fast as it can, 16 bulk: bulk", func(r *scenariopb.DemoReport) {
			fairness(r, false, 16).BulkMbPerS = 92.9
			setRatio(r, false, 16, "bulk", 0.8, 0.92)
		}},
	} {
		r := proto.CloneOf(good)
		c.spoil(r)
		var missed []string
		for _, b := range judge(r) {
			if !b.GetKept() || b.GetNotKnown() {
				if !Missed(b) {
					t.Error(b)
				}
				missed = append(missed, b.GetFigure())
			}
		}
		if !slices.Equal(missed, []string{c.figure}) {
			t.Errorf("missed %q, want %q", missed, c.figure)
		}
	}
}

// setRatio sets the interval of a ratio, as if of enough pairs.
func setRatio(r *scenariopb.DemoReport, paced bool, bulk uint32, figure string, low, high float64) {
	ratio := (&judgement{report: r}).pairedRatio(paced, bulk, figure)
	ratio.Low, ratio.High, ratio.Pairs = low, high, pairsWanted
}

// Breaks caught: a median of a few runs that decides, in either direction; what is
// not known counted as missed, or as kept.
func TestSmallDifferencesAreKeptMissedOrNotKnown(t *testing.T) {
	good, _ := runDemo(t, "good", false)
	for _, c := range []struct {
		figure         string
		bulk           uint32
		low, high      float64
		kept, notKnown bool
		belowByMedians bool
	}{
		{"p50", 0, 0.97, 0.99, true, false, false},
		{"p50", 0, 0.8, 0.9, true, false, false},
		{"p50", 0, 1.001, 1.02, true, false, false}, // level
		{"p50", 0, 0.99, 1.2, false, true, false},
		{"p50", 0, 1.02, 1.2, false, false, false},
		{"bulk", 4, 0.9, 0.92, true, false, false}, // the medians keep it
		{"bulk", 4, 0.94, 0.99, true, false, true},
		{"bulk", 4, 0.92, 0.99, false, true, true},
		{"bulk", 4, 0.9, 0.92, false, false, true},
	} {
		r := proto.CloneOf(good)
		setRatio(r, false, c.bulk, c.figure, c.low, c.high)
		if c.belowByMedians {
			findMedian(r, Loopy, false, c.bulk).BulkMbPerS = 92
		}
		for _, b := range judge(r) {
			if b.GetFigure() == rowName(false, c.bulk)+": "+c.figure {
				if b.GetKept() != c.kept || b.GetNotKnown() != c.notKnown || Missed(b) == (c.kept || c.notKnown) {
					t.Errorf("%v: %v", c, b)
				}
			}
		}
	}
}

// Breaks caught: no pairs where they are needed, or pairs where they are not; a
// demo that fails although nothing is shown.
func TestNoisyClientsArePairedAndPass(t *testing.T) {
	t.Setenv("DEMO_TEST_RUNS", t.TempDir()+"/runs")
	r, problems := runDemo(t, "noisy", false)
	j := judgement{report: r}
	p50, bulk := j.pairedRatio(true, 0, "p50"), j.pairedRatio(true, 4, "bulk")
	if p50.GetPairs() != pairsWanted || bulk.GetPairs() != 3 || !r.GetPassed() || len(problems) != 0 {
		t.Fatal(r, problems)
	}
	if p50.GetLow() != 0.8 || p50.GetHigh() != 1.2 {
		t.Error(p50)
	}
	var out strings.Builder
	WriteTable(&out, r)
	if !strings.Contains(out.String(), "not known   d: paced, 0 bulk: p50") {
		t.Error(out.String())
	}
}

func TestQuickRunsDecideByGrossMissesOnly(t *testing.T) {
	r, _ := runDemo(t, "good", true)
	noisy := findMedian(r, Loopy, true, 16)
	for p50, want := range map[float64]bool{4.9: true, 5.1: false} {
		noisy.P50Ms = p50
		passed := true
		for _, b := range judge(r) {
			passed = passed && (b.GetKept() || !b.GetDecides())
		}
		if passed != want {
			t.Errorf("p50 %g: passed %v", p50, passed)
		}
	}
}

func TestNothingMeasuredKeepsNoBound(t *testing.T) {
	for _, b := range judge(&scenariopb.DemoReport{}) {
		if b.GetKept() {
			t.Error(b)
		}
	}
}

func TestMedians(t *testing.T) {
	m := medians([]*scenariopb.FairnessResult{
		{BulkStreams: 4, SmallCalls: 9, P50Ms: 3, P99Ms: 10, BulkMbPerS: 7},
		{BulkStreams: 4, SmallCalls: 8, P50Ms: 1, P99Ms: 30, BulkMbPerS: 9},
		{BulkStreams: 4, SmallCalls: 7, P50Ms: 2, P99Ms: 20, BulkMbPerS: 8},
	})
	if m.GetP50Ms() != 2 || m.GetP99Ms() != 20 || m.GetBulkMbPerS() != 8 || m.GetSmallCalls() != 7 {
		t.Fatal(m)
	}
}
