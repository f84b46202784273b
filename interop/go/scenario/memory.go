package scenario

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	testpb "google.golang.org/grpc/interop/grpc_testing"

	"loopy/interop/gen/scenariopb"
	"loopy/interop/gen/stallpb"
)

const (
	memoryCallers      = 32
	memoryPayloadBytes = 64 << 10
	memoryDeadline     = 100 * time.Millisecond
	// This part of the stall passes before the first point of the measurement.
	memoryLeadFraction = 6
)

// point is a measurement that was taken while no call of the callers was alive.
type point struct {
	at             time.Time
	heap, resident float64 // bytes
	ended          int64   // calls, so far
}

// memory is scenario f.
func (s *session) memory(result *scenariopb.ScenarioResult) error {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	measured := s.Stall
	s.Stall += patience // the server reads again on command
	u, err := s.stuck(ctx)
	if err != nil {
		return err
	}
	var ended atomic.Int64
	lead := measured / memoryLeadFraction
	begin := s.callUntilPoint(lead, &ended)
	end := s.callUntilPoint(measured-lead, &ended)
	calls := float64(end.ended - begin.ended)
	if calls == 0 {
		return fmt.Errorf("no call ended")
	}
	m := &scenariopb.MemoryResult{
		Calls:         uint32(calls),
		Seconds:       end.at.Sub(begin.at).Seconds(),
		HeapKbPerCall: (end.heap - begin.heap) / 1000 / calls,
		RssKbPerCall:  (end.resident - begin.resident) / 1000 / calls,
	}

	cancel() // the uploads
	bound, stop := s.bound()
	defer stop()
	if _, _, err := u.awaitEnd(bound); err != nil {
		return err
	}
	held := heapBytes()
	if _, err := s.control.Resume(bound, &stallpb.ResumeRequest{}); err != nil {
		return fmt.Errorf("Resume: %w", err)
	}
	began := time.Now()
	next, stop := context.WithTimeout(s.ctx, patience)
	defer stop()
	_, err = s.test.EmptyCall(next, &testpb.Empty{})
	m.NextCallMs, m.NextCallCode = ms(time.Since(began)), codeName(err)
	m.HeldKb = (held - heapBytes()) / 1000
	result.Result = &scenariopb.ScenarioResult_Memory{Memory: m}
	return nil
}

// callUntilPoint makes calls for a while, and waits until none is alive.
func (s *session) callUntilPoint(d time.Duration, ended *atomic.Int64) point {
	request := &testpb.SimpleRequest{Payload: &testpb.Payload{Body: make([]byte, memoryPayloadBytes)}}
	over := time.Now().Add(d)
	var callers sync.WaitGroup
	for range memoryCallers {
		callers.Go(func() {
			for time.Now().Before(over) {
				ctx, cancel := context.WithTimeout(s.ctx, memoryDeadline)
				s.test.UnaryCall(ctx, request)
				cancel()
				ended.Add(1)
			}
		})
	}
	callers.Wait()
	return point{time.Now(), heapBytes(), residentBytes(), ended.Load()}
}

// heapBytes returns the size of the reachable heap.
func heapBytes() float64 {
	runtime.GC()
	runtime.GC() // a sync.Pool keeps its objects for one collection
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}

// residentBytes returns the resident set size, or 0 if the kernel does not say.
func residentBytes() float64 {
	text, err := os.ReadFile("/proc/self/statm") // in pages: proc(5)
	if err != nil {
		return 0
	}
	var size, resident float64
	fmt.Sscan(string(text), &size, &resident)
	return resident * float64(os.Getpagesize())
}
