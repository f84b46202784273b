package stall

import (
	"errors"
	"io"
	"net"
	"time"

	"google.golang.org/protobuf/proto"

	"loopy/interop/frames"
	"loopy/interop/gen/stallpb"
)

// After a stall, at most this many frames are recorded.
const maxRecordedFrames = 1 << 16

// conn is a connection below TLS. It stalls and paces, and holds the record. One
// goroutine reads, as from any net.Conn. hub.mu guards all fields.
type conn struct {
	net.Conn
	hub *Hub

	bytesRead  uint64
	pace       pacer
	stallAt    *uint64      // stall when bytesRead gets here
	stallAfter *frames.Type // stall when a frame of this type was written
	duration   time.Duration

	kept    []byte // read from the kernel too early; they belong behind the stall
	keptErr error  // what came after them

	stalled   bool
	stalledAt time.Time
	resume    *time.Timer // ends the stall; nil means until Resume
	closedAt  time.Time
	end       string

	wasStalled bool // bytes that are read now come after a stall
	after      []*stallpb.FrameRecord
	goAways    []*stallpb.GoAwayRecord
	last       *stallpb.FrameRecord
	trailing   uint32
}

func (c *conn) armLocked(t trigger, bytesBefore uint64) {
	c.stallAt, c.stallAfter, c.duration = nil, t.afterFrame, t.duration
	switch {
	case t.atOnce && t.until.IsZero():
		c.stallLocked()
	case t.atOnce:
		if c.duration = time.Until(t.until); c.duration > 0 {
			c.stallLocked()
		}
	case t.afterBytes != nil:
		at := bytesBefore + *t.afterBytes
		c.stallAt = &at
		c.stallIfReadLocked()
	}
}

func (c *conn) stallIfReadLocked() {
	if c.stallAt != nil && c.bytesRead >= *c.stallAt {
		c.stallLocked()
	}
}

// stallLocked begins a stall, or gives the one under way a new duration. Each
// Arm stalls a connection once.
func (c *conn) stallLocked() {
	c.stallAt, c.stallAfter = nil, nil
	if !c.closedAt.IsZero() {
		return
	}
	if c.resume != nil {
		c.resume.Stop()
		c.resume = nil
	}
	if c.duration > 0 {
		var t *time.Timer
		t = time.AfterFunc(c.duration, func() {
			c.hub.mu.Lock()
			defer c.hub.mu.Unlock()
			if c.resume == t { // not stopped too late
				c.resumeLocked()
			}
		})
		c.resume = t
	}
	if !c.stalled {
		c.stalled, c.stalledAt = true, time.Now()
	}
	c.hub.changedLocked()
}

func (c *conn) resumeLocked() {
	if c.resume != nil {
		c.resume.Stop()
		c.resume = nil
	}
	if c.stalled {
		c.stalled, c.wasStalled = false, true
		c.after = nil
		c.hub.changedLocked()
	}
}

// Read reads when the connection is neither stalled nor ahead of its pace.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.take(p[:c.awaitTurn(len(p))])
	// A stall may have begun in the meantime. The few bytes that this read took from
	// the kernel are then kept back until it ends, and so is an error.
	c.awaitTurn(0)

	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	if c.stallAt != nil && c.bytesRead+uint64(n) > *c.stallAt {
		// Arm was called while this read was under way.
		whole := n
		n = int(*c.stallAt - c.bytesRead)
		c.kept, c.keptErr = append([]byte(nil), p[n:whole]...), err
		err = nil
	}
	c.bytesRead += uint64(n)
	c.pace.took(time.Now(), n)
	c.stallIfReadLocked()
	if err != nil {
		c.endLocked(err)
	}
	return n, err
}

func (c *conn) take(p []byte) (int, error) {
	c.hub.mu.Lock()
	if len(c.kept) == 0 {
		c.hub.mu.Unlock()
		return c.Conn.Read(p)
	}
	defer c.hub.mu.Unlock()
	n := copy(p, c.kept)
	if c.kept = c.kept[n:]; len(c.kept) > 0 {
		return n, nil
	}
	return n, c.keptErr
}

// awaitTurn waits until the connection may be read, and returns how many of n
// bytes may be. For no bytes it waits only for the end of a stall.
func (c *conn) awaitTurn(n int) int {
	h := c.hub
	for {
		h.mu.Lock()
		stalled, changed := c.stalled, h.changed
		delay, size := c.pace.delay(time.Now()), c.pace.chunk(n)
		if c.stallAt != nil {
			size = int(min(uint64(size), *c.stallAt-c.bytesRead))
		}
		h.mu.Unlock()
		switch {
		case stalled:
			<-changed
		case n > 0 && delay > 0:
			h.sleep(delay)
		default:
			return size
		}
	}
}

func (c *conn) Close() error {
	c.hub.mu.Lock()
	c.endLocked(net.ErrClosed)
	c.hub.mu.Unlock()
	return c.Conn.Close()
}

// endLocked notes the first reason, and frees a stalled reader.
func (c *conn) endLocked(err error) {
	if !c.closedAt.IsZero() {
		return
	}
	c.closedAt = time.Now()
	switch {
	case errors.Is(err, io.EOF):
		c.end = "eof"
	case errors.Is(err, net.ErrClosed):
		c.end = "closed by the server"
	default:
		c.end = err.Error()
	}
	c.armLocked(trigger{}, 0)
	c.resumeLocked()
	c.hub.changedLocked()
}

func (c *conn) recordLocked(h frames.Header, g *frames.GoAwayFrame) {
	c.last = &stallpb.FrameRecord{
		Type: uint32(h.Type), Flags: uint32(h.Flags), StreamId: h.StreamID, Length: h.Length,
	}
	if c.wasStalled && len(c.after) < maxRecordedFrames {
		c.after = append(c.after, c.last)
	}
	if g != nil {
		c.goAways = append(c.goAways, &stallpb.GoAwayRecord{
			LastStreamId: g.LastStreamID, ErrorCode: g.ErrorCode, DebugData: g.DebugData,
		})
	}
}

func (c *conn) sentLocked(h frames.Header) {
	if c.stallAfter != nil && *c.stallAfter == h.Type {
		c.stallLocked()
	}
}

func (c *conn) reportLocked() *stallpb.ConnectionReport {
	return &stallpb.ConnectionReport{
		Peer:             c.RemoteAddr().String(),
		BytesRead:        c.bytesRead,
		Stalled:          c.stalled,
		StalledAtUs:      microseconds(c.stalledAt),
		ClosedAtUs:       microseconds(c.closedAt),
		FramesAfterStall: append([]*stallpb.FrameRecord(nil), c.after...),
		Goaways:          append([]*stallpb.GoAwayRecord(nil), c.goAways...),
		LastFrame:        proto.CloneOf(c.last),
		TrailingBytes:    c.trailing,
		End:              c.end,
	}
}

func microseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
