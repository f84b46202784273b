// Package demo shows what a peer that stops reading does to its clients: it
// runs the scenarios of the stall clients against a fresh test server each,
// compares, and judges loopy by its bounds.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"loopy/interop/compare"
	"loopy/interop/gen/scenariopb"
	"loopy/interop/programs"
)

// Options are the options of the demo.
type Options struct {
	Programs
	Clients []string // the names of those to run
	Quick   bool
	Stall   time.Duration
	// MemoryStall is the stall of scenario f. The other clients have one of Stall.
	MemoryStall time.Duration
	Log         io.Writer // what is being done
}

// How long a run of scenario d measures. The runs of pairs are short: most of what
// makes runs differ lasts for a whole run, however long it is.
const (
	measured     = time.Second
	pairMeasured = 500 * time.Millisecond
)

// These set how scenario d is measured.
var (
	bulkStreams = []uint32{0, 1, 4, 16}
	// This rate is slower than any client. The peer is the bottleneck, and data
	// waits in buffers, not for the CPU. The window is fixed: where a paced
	// reader's dynamic window ends varies from run to run.
	pacedServer = []string{"--window=1048576", "--pace=100000000", "--recv_buffer=65536"}
	// This server is grpc-go by default, but for the bounded receive buffer.
	fastServer = []string{"--window=0"}
)

func (o *Options) fairnessRuns() int {
	if o.Quick {
		return 1
	}
	return 3
}

// demo is one run of it.
type demo struct {
	Options
	ctx     context.Context
	clients []client

	mu       sync.Mutex
	stalls   map[stallKey]*scenariopb.ScenarioResult
	fairness map[fairnessKey][]*scenariopb.FairnessResult
	// pairs are the runs of loopy and chttp2 in turns. Where none were needed, they
	// are those of fairness.
	pairs    map[fairnessKey][]*scenariopb.FairnessResult
	problems []string
	failed   bool // a client with bounds had a problem
}

type stallKey struct{ client, scenario string }

type fairnessKey struct {
	client string
	paced  bool
	bulk   uint32
}

// Run runs everything. Each problem is a line about something that could not be
// run. Those of the other clients do not make the demo fail.
func Run(ctx context.Context, o Options) (report *scenariopb.DemoReport, problems []string) {
	d := &demo{
		Options:  o,
		ctx:      ctx,
		clients:  o.wanted(),
		stalls:   map[stallKey]*scenariopb.ScenarioResult{},
		fairness: map[fairnessKey][]*scenariopb.FairnessResult{},
		pairs:    map[fairnessKey][]*scenariopb.FairnessResult{},
	}
	d.runStalls()
	d.runMemory()
	d.runFairness()
	d.runPairs()
	return d.report(), d.problems
}

// runStalls runs a, b, c and e: first loopy alone, and then the others, while
// chttp2 spends its time waiting for the server to read again.
func (d *demo) runStalls() {
	var others sync.WaitGroup
	for _, c := range d.clients {
		sequence := func() {
			for _, scenario := range stallScenarios {
				d.runStall(c, scenario)
			}
		}
		switch {
		case c.name == Loopy: // it is the first of all
			sequence()
		case c.waits:
			for _, scenario := range stallScenarios {
				others.Go(func() { d.runStall(c, scenario) })
			}
		default:
			others.Go(sequence)
		}
	}
	others.Wait()
}

// runMemory runs f, all clients at once. No time is measured, so that they do
// not disturb each other.
func (d *demo) runMemory() {
	var all sync.WaitGroup
	for _, c := range d.clients {
		all.Go(func() { d.runStall(c, "f") })
	}
	all.Wait()
}

func (d *demo) runStall(c client, scenario string) {
	d.logf("%s: %s", scenarioTitles[scenario], c.name)
	result := d.runOnce(c, scenario, nil)
	d.mu.Lock()
	defer d.mu.Unlock()
	if result != nil {
		d.stalls[stallKey{c.name, scenario}] = result
	}
}

var stallScenarios = []string{"a", "b", "c", "e"}

// stallOf returns how long the server does not read.
func (d *demo) stallOf(c client, scenario string) time.Duration {
	if scenario == "f" && !c.other {
		return d.MemoryStall
	}
	return d.Stall
}

var scenarioTitles = map[string]string{
	"a": "a. a large call with a deadline",
	"b": "b. a close while a write is stuck",
	"c": "c. a close, and the server reads again",
	"e": "e. stuck uploads are cancelled",
	"f": "f. calls that end while the server does not read",
}

// runFairness runs d with the clients in turn, so that other load on the machine
// meets all of them. Another client is the first in each round.
func (d *demo) runFairness() {
	failed := map[string]bool{}
	for run := range d.fairnessRuns() {
		for _, paced := range []bool{true, false} {
			for _, bulk := range bulkStreams {
				d.logf("d. small calls beside %d bulk uploads, %s: run %d of %d",
					bulk, paceName(paced), run+1, d.fairnessRuns())
				for i := range d.clients {
					c := d.clients[(i+run)%len(d.clients)]
					if failed[c.name] || c.other && run > 0 {
						continue
					}
					key := fairnessKey{c.name, paced, bulk}
					if r := d.runFairnessOnce(c, key, measured); r != nil {
						d.fairness[key] = append(d.fairness[key], r)
					} else {
						failed[c.name] = true // one line is enough
					}
				}
			}
		}
	}
}

// runFairnessOnce returns nil after a failure.
func (d *demo) runFairnessOnce(c client, key fairnessKey, measured time.Duration) *scenariopb.FairnessResult {
	flags := fastServer
	if key.paced {
		flags = pacedServer
	}
	return d.runOnce(c, "d", flags, fmt.Sprintf("--bulk_streams=%d", key.bulk),
		fmt.Sprintf("--seconds=%g", measured.Seconds())).GetFairness()
}

// runOnce runs a scenario with a server of its own. It returns nil after a
// failure, which is then among the problems.
func (d *demo) runOnce(c client, scenario string, serverFlags []string, clientFlags ...string) *scenariopb.ScenarioResult {
	result, err := func() (*scenariopb.ScenarioResult, error) {
		s, err := programs.StartServer(d.ctx, d.Server, serverFlags...)
		if err != nil {
			return nil, err
		}
		defer s.Stop()
		stall := d.stallOf(c, scenario)
		argv := append(slices.Clone(c.argv),
			"--scenario="+scenario,
			fmt.Sprintf("--server=127.0.0.1:%d", s.Port),
			fmt.Sprintf("--control=127.0.0.1:%d", s.ControlPort),
			fmt.Sprintf("--stall_ms=%d", stall.Milliseconds()))
		result := &scenariopb.ScenarioResult{}
		err = programs.RunClient(d.ctx, stall+programs.Patience, append(argv, clientFlags...), c.env, result)
		switch {
		case result.GetError() != "":
			return nil, errors.New(result.GetError())
		case err != nil:
			return nil, err
		case !isResultOf(scenario, result):
			return nil, errors.New("the client printed no result of this scenario")
		}
		return result, nil
	}()
	if err == nil {
		return result
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.Err() == nil || len(d.problems) == 0 { // once, if interrupted
		d.problems = append(d.problems, fmt.Sprintf("%s, scenario %s: %v", c.name, scenario, err))
	}
	d.failed = d.failed || !c.other
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
	case "f":
		return r.GetMemory() != nil
	}
	return false
}

func (d *demo) report() *scenariopb.DemoReport {
	r := &scenariopb.DemoReport{
		Quick:         d.Quick,
		StallMs:       uint32(d.Stall.Milliseconds()),
		MemoryStallMs: uint32(d.MemoryStall.Milliseconds()),
		FairnessRuns:  uint32(d.fairnessRuns()),
	}
	for _, c := range d.clients {
		r.Clients = append(r.Clients, c.name)
		if c.other {
			r.OtherClients++
		}
	}
	for _, scenario := range append(slices.Clone(stallScenarios), "f") {
		for _, client := range r.Clients {
			if result := d.stalls[stallKey{client, scenario}]; result != nil {
				// The C++ client measures several transports.
				result.Client = client
				r.Stalls = append(r.Stalls, &scenariopb.ScenarioRun{Scenario: scenario, Result: result})
			}
		}
	}
	for _, paced := range []bool{true, false} {
		for _, bulk := range bulkStreams {
			for _, client := range r.Clients {
				if runs := d.fairness[fairnessKey{client, paced, bulk}]; len(runs) > 0 {
					r.Fairness = append(r.Fairness, &scenariopb.FairnessMedian{
						Client: client, Paced: paced, Median: medians(runs),
					})
				}
			}
		}
	}
	r.Ratios = d.ratios()
	r.Passed = !d.failed
	if slices.Contains(r.Clients, Loopy) {
		r.Bounds = judge(r)
	}
	for _, b := range r.Bounds {
		r.Passed = r.Passed && !Missed(b)
	}
	return r
}

// medians returns each figure's median by itself.
func medians(runs []*scenariopb.FairnessResult) *scenariopb.FairnessResult {
	of := func(figure func(*scenariopb.FairnessResult) float64) float64 {
		return compare.Median(values(runs, figure))
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
