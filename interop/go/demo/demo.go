// Package demo shows what a peer that stops reading does to its clients: it
// runs the scenarios of the stall clients against a fresh test server each,
// compares, and judges loopy by its bounds.
package demo

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"loopy/interop/gen/scenariopb"
)

// The clients' names.
const (
	Loopy  = "loopy"
	Chttp2 = "chttp2"
	GrpcGo = "grpc-go"
)

// Clients are all of them.
var Clients = []string{Loopy, Chttp2, GrpcGo}

// Options of the demo.
type Options struct {
	Server      string // path of the test server
	Client      string // path of grpc-go's stall client
	StallClient string // path of the stall client in C++
	Clients     []string
	Quick       bool
	Stall       time.Duration
	Log         io.Writer // what is being done
}

// How scenario d is measured.
var (
	bulkStreams = []uint32{0, 1, 4, 16}
	// Slower than any client: the peer is the bottleneck, and what is sent
	// waits in buffers, not for the CPU. The window is fixed: where a paced
	// reader's dynamic window ends varies from run to run.
	pacedServer = []string{"--window=1048576", "--pace=100000000", "--recv_buffer=65536"}
	// grpc-go as it comes, but for the bounded receive buffer.
	fastServer = []string{"--window=0"}
)

func (o *Options) fairnessRuns() int {
	if o.Quick {
		return 1
	}
	return 3
}

func (o *Options) measure() time.Duration {
	if o.Quick {
		return 900 * time.Millisecond
	}
	return 1600 * time.Millisecond
}

// demo is one run of it.
type demo struct {
	Options
	ctx context.Context

	mu       sync.Mutex
	stalls   map[stallKey]*scenariopb.ScenarioResult
	fairness map[fairnessKey][]*scenariopb.FairnessResult
	problems []string
}

type stallKey struct{ client, scenario string }

type fairnessKey struct {
	client string
	paced  bool
	bulk   uint32
}

// Run runs everything. The problems are what could not be run, a line each.
func Run(ctx context.Context, o Options) (report *scenariopb.DemoReport, problems []string) {
	d := &demo{
		Options:  o,
		ctx:      ctx,
		stalls:   map[stallKey]*scenariopb.ScenarioResult{},
		fairness: map[fairnessKey][]*scenariopb.FairnessResult{},
	}
	d.runStalls()
	d.runFairness()
	return d.report(), d.problems
}

// runStalls runs a, b, c and e: loopy by itself; then grpc-go's client, while
// chttp2 spends its time waiting for the server to read again.
func (d *demo) runStalls() {
	sequence := func(client string) {
		for _, scenario := range []string{"a", "b", "c", "e"} {
			d.runStall(client, scenario)
		}
	}
	if d.has(Loopy) {
		sequence(Loopy)
	}
	var all sync.WaitGroup
	if d.has(Chttp2) {
		for _, scenario := range []string{"a", "b", "c", "e"} {
			all.Go(func() { d.runStall(Chttp2, scenario) })
		}
	}
	if d.has(GrpcGo) {
		all.Go(func() { sequence(GrpcGo) })
	}
	all.Wait()
}

func (d *demo) runStall(client, scenario string) {
	d.logf("%s: %s", scenarioTitles[scenario], client)
	result := d.runOnce(client, scenario, nil)
	d.mu.Lock()
	defer d.mu.Unlock()
	if result != nil {
		d.stalls[stallKey{client, scenario}] = result
	}
}

var scenarioTitles = map[string]string{
	"a": "a. a large call with a deadline",
	"b": "b. a close while a write is stuck",
	"c": "c. a close, and the server reads again",
	"e": "e. stuck uploads are cancelled",
}

// runFairness runs d, the clients in turn, so that what else the machine does
// meets all of them.
func (d *demo) runFairness() {
	failed := map[string]bool{}
	for run := range d.fairnessRuns() {
		for _, paced := range []bool{true, false} {
			for _, bulk := range bulkStreams {
				d.logf("d. small calls beside %d bulk uploads, %s: run %d of %d",
					bulk, paceName(paced), run+1, d.fairnessRuns())
				for _, client := range Clients {
					if !d.has(client) || failed[client] {
						continue
					}
					flags := fastServer
					if paced {
						flags = pacedServer
					}
					r := d.runOnce(client, "d", flags,
						fmt.Sprintf("--bulk_streams=%d", bulk),
						fmt.Sprintf("--seconds=%g", d.measure().Seconds()))
					if r == nil {
						failed[client] = true // one line is enough
						continue
					}
					key := fairnessKey{client, paced, bulk}
					d.fairness[key] = append(d.fairness[key], r.GetFairness())
				}
			}
		}
	}
}

// runOnce runs a scenario with a server of its own; nil: it is among the
// problems.
func (d *demo) runOnce(client, scenario string, serverFlags []string, clientFlags ...string) *scenariopb.ScenarioResult {
	result, err := func() (*scenariopb.ScenarioResult, error) {
		s, err := startServer(d.ctx, d.Server, serverFlags...)
		if err != nil {
			return nil, err
		}
		defer s.stop()
		argv := []string{d.StallClient, "--transport=" + client}
		if client == GrpcGo {
			argv = []string{d.Client}
		}
		argv = append(argv,
			"--scenario="+scenario,
			fmt.Sprintf("--server=127.0.0.1:%d", s.port),
			fmt.Sprintf("--control=127.0.0.1:%d", s.control),
			fmt.Sprintf("--stall_ms=%d", d.Stall.Milliseconds()))
		result, err := runClient(d.ctx, d.Stall+patience, append(argv, clientFlags...))
		if err == nil && !isResultOf(scenario, result) {
			err = fmt.Errorf("the client printed the result of another scenario")
		}
		return result, err
	}()
	if err == nil {
		return result
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.Err() == nil || len(d.problems) == 0 { // once, if interrupted
		d.problems = append(d.problems, fmt.Sprintf("%s, scenario %s: %v", client, scenario, err))
	}
	return nil
}

func isResultOf(scenario string, r *scenariopb.ScenarioResult) bool {
	switch scenario {
	case "a":
		return r.GetDeadline() != nil
	case "b":
		return r.GetClose() != nil
	case "c":
		return r.GetLinger() != nil
	case "d":
		return r.GetFairness() != nil
	case "e":
		return r.GetCancel() != nil
	}
	return false
}

func (d *demo) report() *scenariopb.DemoReport {
	r := &scenariopb.DemoReport{
		Quick:        d.Quick,
		StallMs:      uint32(d.Stall.Milliseconds()),
		FairnessRuns: uint32(d.fairnessRuns()),
	}
	for _, scenario := range []string{"a", "b", "c", "e"} {
		for _, client := range Clients {
			if result := d.stalls[stallKey{client, scenario}]; result != nil {
				// The C++ client measures two transports.
				result.Client = client
				r.Stalls = append(r.Stalls, &scenariopb.ScenarioRun{Scenario: scenario, Result: result})
			}
		}
	}
	for _, paced := range []bool{true, false} {
		for _, bulk := range bulkStreams {
			for _, client := range Clients {
				if runs := d.fairness[fairnessKey{client, paced, bulk}]; len(runs) > 0 {
					r.Fairness = append(r.Fairness, &scenariopb.FairnessMedian{
						Client: client, Paced: paced, Median: medians(runs),
					})
				}
			}
		}
	}
	r.Passed = len(d.problems) == 0
	if d.has(Loopy) {
		r.Bounds = judge(r)
	}
	for _, b := range r.Bounds {
		r.Passed = r.Passed && (b.GetKept() || !b.GetDecides())
	}
	return r
}

// medians takes each figure's median by itself.
func medians(runs []*scenariopb.FairnessResult) *scenariopb.FairnessResult {
	of := func(figure func(*scenariopb.FairnessResult) float64) float64 {
		var all []float64
		for _, r := range runs {
			all = append(all, figure(r))
		}
		slices.Sort(all)
		if n := len(all); n%2 == 0 {
			return (all[n/2-1] + all[n/2]) / 2
		}
		return all[len(all)/2]
	}
	m := &scenariopb.FairnessResult{
		BulkStreams: runs[0].GetBulkStreams(),
		SmallCalls:  runs[0].GetSmallCalls(),
		P50Ms:       of((*scenariopb.FairnessResult).GetP50Ms),
		P99Ms:       of((*scenariopb.FairnessResult).GetP99Ms),
		BulkMbPerS:  of((*scenariopb.FairnessResult).GetBulkMbPerS),
	}
	for _, r := range runs {
		m.SmallCalls = min(m.SmallCalls, r.GetSmallCalls())
	}
	return m
}

func (d *demo) has(client string) bool { return slices.Contains(d.Clients, client) }

func (d *demo) logf(format string, args ...any) {
	if d.ctx.Err() == nil {
		fmt.Fprintf(d.Log, format+"\n", args...)
	}
}

func paceName(paced bool) string {
	if paced {
		return "paced"
	}
	return "as fast as it can"
}
