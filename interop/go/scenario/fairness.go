package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	testpb "google.golang.org/grpc/interop/grpc_testing"

	"loopy/interop/gen/scenariopb"
	"loopy/interop/gen/stallpb"
)

// A small call has a payload of this size.
const smallBytes = 10

// fairness is scenario d.
func (s *session) fairness(result *scenariopb.ScenarioResult) error {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	u, err := s.startUploads(ctx, s.BulkStreams)
	if err != nil {
		return err
	}
	if _, err := s.smallCalls(ctx, warmUp); err != nil {
		return err
	}
	bytesBefore, before, err := s.bytesRead(ctx)
	if err != nil {
		return err
	}
	latencies, err := s.smallCalls(ctx, s.Measure)
	if err != nil {
		return err
	}
	bytesAfter, after, err := s.bytesRead(ctx)
	if err != nil {
		return err
	}
	if s.BulkStreams > 0 {
		select {
		case <-u.done:
			return fmt.Errorf("the uploads ended: %v", u.err)
		default:
		}
	}

	slices.Sort(latencies)
	d := &scenariopb.FairnessResult{
		BulkStreams: uint32(s.BulkStreams),
		SmallCalls:  uint32(len(latencies)),
		P50Ms:       ms(percentile(latencies, 50)),
		P99Ms:       ms(percentile(latencies, 99)),
	}
	if s.BulkStreams > 0 {
		// The server counts the bytes. The small calls' share is below 0.1 %.
		d.BulkMbPerS = float64(bytesAfter-bytesBefore) / 1e6 / after.Sub(before).Seconds()
	}
	result.Result = &scenariopb.ScenarioResult_Fairness{Fairness: d}
	return nil
}

// smallCalls makes calls one after the other, and returns how long each took.
func (s *session) smallCalls(ctx context.Context, d time.Duration) ([]time.Duration, error) {
	request := &testpb.SimpleRequest{
		ResponseSize: smallBytes,
		Payload:      &testpb.Payload{Body: make([]byte, smallBytes)},
	}
	ctx, cancel := context.WithTimeout(ctx, d+patience)
	defer cancel()
	var latencies []time.Duration
	for began := time.Now(); time.Since(began) < d; {
		t := time.Now()
		if _, err := s.test.UnaryCall(ctx, request); err != nil {
			return nil, fmt.Errorf("small call: %w", err)
		}
		latencies = append(latencies, time.Since(t))
	}
	return latencies, nil
}

func (s *session) bytesRead(ctx context.Context) (uint64, time.Time, error) {
	report, err := s.control.GetReport(ctx, &stallpb.GetReportRequest{})
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("GetReport: %w", err)
	}
	c, err := s.connection(report)
	return c.GetBytesRead(), time.Now(), err
}

// percentile returns the smallest value that p percent of a sorted list do not
// exceed.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*p+99)/100-1]
}
