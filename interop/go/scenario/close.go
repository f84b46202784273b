package scenario

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/status"

	"loopy/interop/frames"
	"loopy/interop/gen/scenariopb"
	"loopy/interop/gen/stallpb"
)

// stuck stalls the server and starts uploads until their writes are stuck.
func (s *session) stuck(ctx context.Context) (*uploads, error) {
	if err := s.stall(); err != nil {
		return nil, err
	}
	u, err := s.startUploads(ctx, stuckUploads)
	if err != nil {
		return nil, err
	}
	return u, u.awaitStuck(ctx)
}

// bound bounds a wait for the end of something that is stuck.
func (s *session) bound() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.ctx, s.Stall+patience)
}

// close is scenario b.
func (s *session) close(result *scenariopb.ScenarioResult) error {
	ctx, cancel := s.bound()
	defer cancel()
	u, err := s.stuck(s.ctx)
	if err != nil {
		return err
	}

	began := time.Now()
	gone := make(chan time.Time, 1)
	goneErr := make(chan error, 1)
	go func() {
		t, err := s.socket.awaitGone(ctx)
		gone <- t
		goneErr <- err
	}()
	s.cc.Close()
	blocked := time.Since(began)

	ended, last, err := u.awaitEnd(ctx)
	if err != nil {
		return err
	}
	socketGone := <-gone
	if err := <-goneErr; err != nil {
		return err
	}
	result.Result = &scenariopb.ScenarioResult_Close{Close: &scenariopb.CloseResult{
		CallerBlockedMs: ms(blocked),
		CallsFailedMs:   ms(ended.Sub(began)),
		SocketGoneMs:    ms(socketGone.Sub(began)),
		Code:            codeName(last),
		Message:         status.Convert(last).Message(),
	}}
	return nil
}

// linger is scenario c.
func (s *session) linger(result *scenariopb.ScenarioResult) error {
	ctx, cancel := s.bound()
	defer cancel()
	if _, err := s.stuck(s.ctx); err != nil {
		return err
	}
	go s.cc.Close()
	time.Sleep(resumeAfter)
	if _, err := s.control.Resume(ctx, &stallpb.ResumeRequest{}); err != nil {
		return fmt.Errorf("Resume: %w", err)
	}
	report, err := s.control.AwaitClosed(ctx, &stallpb.AwaitClosedRequest{
		TimeoutMs: uint32(patience.Milliseconds()),
	})
	if err == nil && !report.GetSatisfied() {
		err = fmt.Errorf("the server did not see the connection end")
	}
	if err != nil {
		return err
	}
	c, err := s.connection(report)
	if err != nil {
		return err
	}
	linger := &scenariopb.LingerResult{
		GoawayWasLastFrame: c.GetLastFrame().GetType() == uint32(frames.GoAway),
		TrailingBytes:      c.GetTrailingBytes(),
	}
	if n := len(c.GetGoaways()); n > 0 {
		last := c.GetGoaways()[n-1]
		linger.GoawaySeen = true
		linger.LastStreamId = last.GetLastStreamId()
		linger.ErrorCode = last.GetErrorCode()
		linger.DebugData = string(last.GetDebugData())
	}
	result.Result = &scenariopb.ScenarioResult_Linger{Linger: linger}
	return nil
}

// cancel is scenario e.
func (s *session) cancel(result *scenariopb.ScenarioResult) error {
	ctx, stop := s.bound()
	defer stop()
	callCtx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	u, err := s.stuck(callCtx)
	if err != nil {
		return err
	}
	began := time.Now()
	cancel()
	ended, last, err := u.awaitEnd(ctx)
	if err != nil {
		return err
	}
	result.Result = &scenariopb.ScenarioResult_Cancel{Cancel: &scenariopb.CancelResult{
		Calls:   stuckUploads,
		EndedMs: ms(ended.Sub(began)),
		Code:    codeName(last),
	}}
	return nil
}
