// Package stall makes the connections of a listener stop being read on command,
// or be read at a set rate, and records what was read.
//
//	hub := stall.NewHub()
//	server := grpc.NewServer(grpc.Creds(hub.Credentials(credentials)))
//	go server.Serve(hub.Listen(listener))
//	stallpb.RegisterStallControlServer(control, stall.NewControl(hub))
//
// A stalled connection leaves its bytes in the kernel, as a peer does that is
// busy, stopped or gone. It stalls below TLS, so that nothing is read ahead, and
// records frames above TLS.
package stall

import (
	"net"
	"sync"
	"syscall"
	"time"

	"loopy/interop/frames"
	"loopy/interop/gen/stallpb"
)

// Hub holds the state of all connections of one listener. Any goroutine may
// use it.
type Hub struct {
	sleep func(time.Duration)

	mu      sync.Mutex
	changed chan struct{} // closed, and replaced, at every change of a state
	conns   []*conn       // all connections that were ever accepted
	rate    uint64        // bytes per second of each connection, or 0
	armed   trigger       // for present and future connections
}

// A trigger tells when to stall.
type trigger struct {
	atOnce     bool
	until      time.Time // the end of an at-once stall; zero means until Resume
	afterBytes *uint64
	afterFrame *frames.Type
	duration   time.Duration // 0 means until Resume
}

// NewHub returns a hub that stalls nothing.
func NewHub() *Hub {
	return &Hub{sleep: sleepPrecisely, changed: make(chan struct{})}
}

// time.Sleep is up to a millisecond late, a whole receive buffer at 100 MB/s.
func sleepPrecisely(d time.Duration) {
	if d > 2*time.Millisecond {
		time.Sleep(d - time.Millisecond)
		d = time.Millisecond
	}
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil) // too short a sleep does no harm
}

// Listen wraps what the listener accepts.
func (h *Hub) Listen(l net.Listener) net.Listener { return &listener{l, h} }

type listener struct {
	net.Listener
	hub *Hub
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.hub.accept(c), nil
}

func (h *Hub) accept(raw net.Conn) *conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := &conn{Conn: raw, hub: h}
	c.pace.set(h.rate)
	c.armLocked(h.armed, 0)
	h.conns = append(h.conns, c)
	h.changedLocked()
	return c
}

// Arm sets when connections stall, and replaces an earlier Arm. A stall that has
// begun goes on.
func (h *Hub) Arm(r *stallpb.ArmRequest) {
	t := trigger{duration: time.Duration(r.GetDurationMs()) * time.Millisecond}
	switch when := r.GetWhen().(type) {
	case *stallpb.ArmRequest_AtOnce:
		t.atOnce = when.AtOnce
		if t.duration > 0 {
			t.until = time.Now().Add(t.duration)
		}
	case *stallpb.ArmRequest_AfterBytes:
		t.afterBytes = &when.AfterBytes
	case *stallpb.ArmRequest_AfterSentFrameType:
		f := frames.Type(when.AfterSentFrameType)
		t.afterFrame = &f
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.armed = t
	for _, c := range h.conns {
		c.armLocked(t, c.bytesRead)
	}
	h.changedLocked()
}

// Resume ends all stalls, and disarms.
func (h *Hub) Resume() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.armed = trigger{}
	for _, c := range h.conns {
		c.armLocked(trigger{}, 0)
		c.resumeLocked()
	}
}

// SetPace sets the rate at which each connection is read. 0 means no limit.
func (h *Hub) SetPace(bytesPerSecond uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rate = bytesPerSecond
	for _, c := range h.conns {
		c.pace.set(bytesPerSecond)
	}
}

// Report reports what was read so far.
func (h *Hub) Report() *stallpb.Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reportLocked()
}

func (h *Hub) reportLocked() *stallpb.Report {
	r := &stallpb.Report{}
	for _, c := range h.conns {
		r.Connections = append(r.Connections, c.reportLocked())
	}
	return r
}

// await waits until done holds, or the time is over, and reports. done is called
// with the hub locked.
func (h *Hub) await(over <-chan struct{}, done func() bool) *stallpb.Report {
	for {
		h.mu.Lock()
		if done() {
			r := h.reportLocked()
			r.Satisfied = true
			h.mu.Unlock()
			return r
		}
		changed := h.changed
		h.mu.Unlock()
		select {
		case <-changed:
		case <-over:
			return h.Report()
		}
	}
}

func (h *Hub) changedLocked() {
	close(h.changed)
	h.changed = make(chan struct{})
}
