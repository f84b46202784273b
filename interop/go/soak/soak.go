// Package soak runs a C++ client that makes calls to servers, while it restarts,
// stalls and overloads them. It finds out what was lost (docs/soak.md).
package soak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"loopy/interop/gen/soakpb"
)

// Options are the options of a run.
type Options struct {
	Client  []string      // the client's command and its arguments
	Servers int           // how many
	Length  time.Duration // how long calls are made
	Seed    uint64        // of what happens to the servers
	Log     io.Writer     // what the client says
}

// The client may take this much longer than it is asked to. It reports hangs
// itself.
const patience = 2 * time.Minute

// Run makes the calls, and judges how they ended.
func Run(ctx context.Context, o Options) (*soakpb.SoakReport, error) {
	r := &records{}
	s, err := startServers(o.Servers, r)
	if err != nil {
		return nil, err
	}
	defer s.stopAll()

	faults, endFaults := context.WithTimeout(ctx, o.Length)
	defer endFaults()
	faultsDone := make(chan error, 1)
	go func() { faultsDone <- s.run(faults, rand.New(rand.NewPCG(o.Seed, 0))) }()
	report := &soakpb.SoakReport{}
	early := time.AfterFunc(o.Length/10, func() { report.ServerMemoryBegin = memory() })
	defer early.Stop()

	report.Client, err = runClient(ctx, o, s.target())
	endFaults()
	if faultsErr := <-faultsDone; err == nil {
		err = faultsErr
	}
	if err != nil {
		return nil, err
	}
	report.ServerMemoryEnd = memory()
	var twice []uint64
	report.Served, report.Retries, twice = r.summary(func(id uint64) bool { return !hasPolicy(report, id) })
	report.RunTwice = twice
	s.mu.Lock()
	defer s.mu.Unlock()
	report.GracefulStops, report.AbruptStops = s.graceful, uint64(len(s.stops))
	report.Stalls, report.Goaways, report.Resets = s.stalls, s.goAways, s.resets
	judge(report, r.wasSeen, s.ends())
	return report, nil
}

func runClient(ctx context.Context, o Options, target string) (*soakpb.SoakClientReport, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Length+patience)
	defer cancel()
	argv := append(o.Client, "--target="+target, fmt.Sprintf("--seconds=%g", o.Length.Seconds()))
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, o.Log
	runErr := cmd.Run()
	report := &soakpb.SoakClientReport{}
	parseErr := protojson.Unmarshal(out.Bytes(), report)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("the client did not end within %v", o.Length+patience)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case runErr != nil:
		return nil, fmt.Errorf("the client died: %w", runErr)
	case parseErr != nil:
		return nil, fmt.Errorf("the client printed no report: %w", parseErr)
	}
	return report, nil
}

func memory() *soakpb.SoakMemory {
	runtime.GC()
	runtime.GC() // a sync.Pool keeps its objects for one collection
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	m := &soakpb.SoakMemory{HeapMb: float64(stats.HeapAlloc) / 1e6}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil { // in pages: proc(5)
		var size, resident float64
		fmt.Sscan(string(text), &size, &resident)
		m.ResidentMb = resident * float64(os.Getpagesize()) / 1e6
	}
	return m
}
