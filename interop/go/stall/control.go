package stall

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"loopy/interop/gen/stallpb"
)

// Control is the StallControl service over a hub.
type Control struct {
	stallpb.UnimplementedStallControlServer
	hub *Hub
}

// NewControl returns the service.
func NewControl(hub *Hub) *Control { return &Control{hub: hub} }

// Arm is StallControl.Arm.
func (c *Control) Arm(_ context.Context, r *stallpb.ArmRequest) (*stallpb.ArmResponse, error) {
	if r.GetAfterSentFrameType() > 9 {
		return nil, status.Errorf(codes.InvalidArgument, "there is no frame type %d", r.GetAfterSentFrameType())
	}
	if r.GetWhen() == nil {
		return nil, status.Error(codes.InvalidArgument, "an Arm has to say when")
	}
	c.hub.Arm(r)
	return &stallpb.ArmResponse{}, nil
}

// Resume is StallControl.Resume.
func (c *Control) Resume(context.Context, *stallpb.ResumeRequest) (*stallpb.ResumeResponse, error) {
	c.hub.Resume()
	return &stallpb.ResumeResponse{}, nil
}

// SetPace is StallControl.SetPace.
func (c *Control) SetPace(_ context.Context, r *stallpb.SetPaceRequest) (*stallpb.SetPaceResponse, error) {
	c.hub.SetPace(r.GetBytesPerSecond())
	return &stallpb.SetPaceResponse{}, nil
}

// AwaitStalled is StallControl.AwaitStalled.
func (c *Control) AwaitStalled(ctx context.Context, r *stallpb.AwaitStalledRequest) (*stallpb.Report, error) {
	ctx, cancel := bounded(ctx, r.GetTimeoutMs())
	defer cancel()
	return c.hub.await(ctx.Done(), func() bool {
		n := uint32(0)
		for _, conn := range c.hub.conns {
			if conn.stalled {
				n++
			}
		}
		return n >= r.GetCount()
	}), nil
}

// AwaitClosed is StallControl.AwaitClosed.
func (c *Control) AwaitClosed(ctx context.Context, r *stallpb.AwaitClosedRequest) (*stallpb.Report, error) {
	ctx, cancel := bounded(ctx, r.GetTimeoutMs())
	defer cancel()
	return c.hub.await(ctx.Done(), func() bool {
		for _, conn := range c.hub.conns {
			if conn.closedAt.IsZero() {
				return false
			}
		}
		return true
	}), nil
}

// GetReport is StallControl.GetReport.
func (c *Control) GetReport(context.Context, *stallpb.GetReportRequest) (*stallpb.Report, error) {
	return c.hub.Report(), nil
}

func bounded(ctx context.Context, ms uint32) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
}
