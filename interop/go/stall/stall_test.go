package stall

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"loopy/interop/frames"
	"loopy/interop/gen/stallpb"
)

// peer is one accepted connection in virtual time. The server reads the bytes
// written to wire into got.
type peer struct {
	hub    *Hub
	server *recorder // as grpc-go's server sees it
	wire   net.Conn  // the client's end
	got    bytes.Buffer
	err    error
	last   time.Time // when the server read last
}

// run runs a test in a bubble of virtual time.
func run(t *testing.T, test func(t *testing.T, p *peer)) {
	synctest.Test(t, func(t *testing.T) {
		hub := NewHub()
		hub.sleep = time.Sleep
		p := newPeer(hub)
		defer func() { // even if the test fails, no goroutine may be left
			p.wire.Close()
			hub.Resume()
			synctest.Wait()
		}()
		test(t, p)
	})
}

func newPeer(hub *Hub) *peer {
	client, server := net.Pipe()
	p := &peer{hub: hub, wire: client}
	raw := hub.accept(named{server})
	p.server = newRecorder(raw, raw)
	return p
}

type named struct{ net.Conn }

func (named) RemoteAddr() net.Addr { return &net.TCPAddr{Port: 1} }

// serve reads in the background, until the connection ends.
func (p *peer) serve(bufferSize int) {
	go func() {
		buffer := make([]byte, bufferSize)
		for {
			n, err := p.server.Read(buffer)
			p.got.Write(buffer[:n])
			p.last = time.Now()
			if err != nil {
				p.err = err
				return
			}
		}
	}()
}

// send writes in the background, and waits until nothing moves.
func (p *peer) send(b []byte) {
	go p.wire.Write(b)
	synctest.Wait()
}

// passAnHour lets everything happen that is due within an hour.
func passAnHour() {
	time.Sleep(time.Hour)
	synctest.Wait()
}

func (p *peer) report() *stallpb.ConnectionReport { return p.hub.Report().GetConnections()[0] }

func atOnce(ms uint32) *stallpb.ArmRequest {
	return &stallpb.ArmRequest{When: &stallpb.ArmRequest_AtOnce{AtOnce: true}, DurationMs: ms}
}

func afterBytes(n uint64) *stallpb.ArmRequest {
	return &stallpb.ArmRequest{When: &stallpb.ArmRequest_AfterBytes{AfterBytes: n}}
}

// Catches a read that was under way as the stall began and returns its bytes. (The
// second awaitTurn in Read prevents that.)
func TestStallAtOnceHoldsEvenTheReadUnderWay(t *testing.T) {
	run(t, func(t *testing.T, p *peer) {
		p.serve(100)
		p.send([]byte("before"))
		p.hub.Arm(atOnce(0))
		p.send([]byte("after"))
		passAnHour()
		if p.got.String() != "before" || !p.report().GetStalled() {
			t.Fatalf("%q, %v", &p.got, p.report())
		}
		p.hub.Resume()
		synctest.Wait()
		if p.got.String() != "beforeafter" || p.report().GetStalled() {
			t.Fatalf("%q, %v", &p.got, p.report())
		}
	})
}

func TestStallEndsAfterItsDuration(t *testing.T) {
	run(t, func(t *testing.T, p *peer) {
		p.serve(100)
		armed := time.Now()
		p.hub.Arm(atOnce(700))
		p.send([]byte("x"))
		passAnHour()
		if took := p.last.Sub(armed); took != 700*time.Millisecond {
			t.Fatal(took)
		}
	})
}

// A connection that is accepted later is stalled for the rest of an at-once stall.
func TestFutureConnectionsStallAsArmed(t *testing.T) {
	run(t, func(t *testing.T, p *peer) {
		p.hub.Arm(atOnce(700))
		time.Sleep(500 * time.Millisecond)
		late := newPeer(p.hub)
		defer late.wire.Close()
		late.serve(100)
		began := time.Now()
		late.send([]byte("x"))
		passAnHour()
		if took := late.last.Sub(began); took != 200*time.Millisecond {
			t.Fatal(took)
		}
		tooLate := newPeer(p.hub)
		defer tooLate.wire.Close()
		if p.hub.Report().GetConnections()[2].GetStalled() {
			t.Fatal("stalled after the stall was over")
		}
	})
}

func TestStallAfterBytesIsExact(t *testing.T) {
	for _, buffer := range []int{1, 3, 10, 100} {
		run(t, func(t *testing.T, p *peer) {
			p.serve(buffer)
			p.send([]byte("12345"))
			p.hub.Arm(afterBytes(10)) // counted since now on this connection
			p.send([]byte("abcdefghijKLM"))
			if p.got.String() != "12345abcdefghij" || !p.report().GetStalled() {
				t.Fatalf("buffer %d: %q", buffer, &p.got)
			}
			late := newPeer(p.hub) // and since the start on a later one
			defer late.wire.Close()
			late.serve(buffer)
			late.send([]byte("abcdefghijKLM"))
			if late.got.String() != "abcdefghij" {
				t.Fatalf("buffer %d: %q", buffer, &late.got)
			}
			p.hub.Resume()
			synctest.Wait()
			if p.got.String() != "12345abcdefghijKLM" || p.report().GetBytesRead() != 18 {
				t.Fatalf("buffer %d: %q", buffer, &p.got)
			}
		})
	}
}

// Catches a frame that counts before it is whole, or with another type.
func TestStallAfterASentFrame(t *testing.T) {
	run(t, func(t *testing.T, p *peer) {
		go io.Copy(io.Discard, p.wire)
		p.hub.Arm(&stallpb.ArmRequest{When: &stallpb.ArmRequest_AfterSentFrameType{
			AfterSentFrameType: uint32(frames.Ping),
		}})
		var b bytes.Buffer
		f := http2.NewFramer(&b, nil)
		f.WriteSettings()
		f.WritePing(false, [8]byte{})
		for i := range b.Bytes() {
			if p.report().GetStalled() {
				t.Fatalf("stalled after %d of %d bytes", i, b.Len())
			}
			p.server.Write(b.Bytes()[i : i+1])
		}
		if !p.report().GetStalled() {
			t.Fatal("not stalled")
		}
	})
}

// Catches a stalled reader that does not notice that the server closed.
func TestCloseFreesAStalledReader(t *testing.T) {
	run(t, func(t *testing.T, p *peer) {
		p.hub.Arm(atOnce(0))
		p.serve(100)
		synctest.Wait()
		p.server.Close()
		synctest.Wait()
		if p.err == nil || p.report().GetEnd() != "closed by the server" || p.report().GetStalled() {
			t.Fatal(p.err, p.report())
		}
	})
}

// Catches frames that count although they came before the stall.
func TestReportTellsFramesAfterTheStallAndHowItEnded(t *testing.T) {
	run(t, func(t *testing.T, p *peer) {
		p.serve(7)
		var b bytes.Buffer
		b.WriteString(frames.Preface)
		f := http2.NewFramer(&b, nil)
		f.WriteSettings()
		p.send(b.Bytes())
		if c := p.report(); len(c.GetFramesAfterStall()) != 0 || c.GetLastFrame().GetType() != 4 {
			t.Error("there was no stall yet: ", c)
		}
		p.hub.Arm(atOnce(0))
		p.hub.Resume()
		b.Reset()
		f.WriteData(1, false, []byte("abc"))
		f.WriteGoAway(0, http2.ErrCodeNo, []byte("bye"))
		b.Write([]byte{0, 0, 9}) // of another frame
		p.send(b.Bytes())
		p.wire.Close()
		synctest.Wait()

		c := p.report()
		after := c.GetFramesAfterStall()
		if len(after) != 2 || after[0].GetLength() != 3 || after[1].GetType() != 7 {
			t.Error(after)
		}
		g := c.GetGoaways()
		if len(g) != 1 || g[0].GetLastStreamId() != 0 || string(g[0].GetDebugData()) != "bye" {
			t.Error(g)
		}
		if c.GetTrailingBytes() != 3 || c.GetEnd() != "eof" || c.GetClosedAtUs() == 0 || c.GetLastFrame().GetType() != 7 {
			t.Error(c)
		}
	})
}

// Catches a pace that is reckoned from each read's end, which loses the time
// between reads.
func TestPaceIsKeptOverTime(t *testing.T) {
	for _, rate := range []uint64{1000, 1 << 20, 100_000_000} {
		run(t, func(t *testing.T, p *peer) {
			p.hub.SetPace(rate)
			const overshoot = 300 * time.Microsecond // of each sleep
			p.hub.sleep = func(d time.Duration) { time.Sleep(d + overshoot) }
			n := int(min(rate, 8<<20))
			want := time.Duration(n) * time.Second / time.Duration(rate)
			p.serve(32 << 10)
			began := time.Now()
			go p.wire.Write(make([]byte, n))
			passAnHour()
			took := p.last.Sub(began)
			if off := (took - want).Abs(); p.got.Len() != n || off > want/100+catchUp {
				t.Fatalf("%d bytes at %d/s took %v", p.got.Len(), rate, took)
			}
		})
	}
}

// Catches a pacer that saves up idle time for a burst.
func TestPaceHasNoBurstAfterIdleTime(t *testing.T) {
	run(t, func(t *testing.T, p *peer) {
		p.hub.SetPace(1 << 20)
		p.serve(32 << 10)
		passAnHour()
		began := time.Now()
		go p.wire.Write(make([]byte, 1<<20))
		passAnHour()
		if took := p.last.Sub(began); took < 990*time.Millisecond {
			t.Fatal(took)
		}
	})
}

func TestPacedReadsAreSmall(t *testing.T) {
	for rate, want := range map[uint64]int{0: 1 << 20, 10: 1, 1e6: 1000, 1e8: maxPacedRead} {
		p := pacer{rate: rate}
		if got := p.chunk(1 << 20); got != want {
			t.Errorf("at %d/s: %d bytes at once, want %d", rate, got, want)
		}
	}
}

func TestAwaitsWaitForWhatTheySay(t *testing.T) {
	run(t, func(t *testing.T, p *peer) {
		control := NewControl(p.hub)
		ctx := context.Background()
		began := time.Now()
		r, _ := control.AwaitStalled(ctx, &stallpb.AwaitStalledRequest{Count: 1, TimeoutMs: 500})
		if r.GetSatisfied() || time.Since(began) != 500*time.Millisecond {
			t.Fatal(r, time.Since(began))
		}
		p.serve(10)
		go func() {
			time.Sleep(time.Second)
			control.Arm(ctx, afterBytes(1))
			p.wire.Write([]byte("x"))
		}()
		r, _ = control.AwaitStalled(ctx, &stallpb.AwaitStalledRequest{Count: 1, TimeoutMs: 5000})
		if !r.GetSatisfied() || time.Since(began) != 1500*time.Millisecond {
			t.Fatal(r, time.Since(began))
		}
		r, _ = control.AwaitClosed(ctx, &stallpb.AwaitClosedRequest{TimeoutMs: 500})
		if r.GetSatisfied() {
			t.Fatal(r)
		}
		control.Resume(ctx, nil)
		p.wire.Close()
		r, _ = control.AwaitClosed(ctx, &stallpb.AwaitClosedRequest{TimeoutMs: 500})
		if !r.GetSatisfied() {
			t.Fatal(r)
		}
	})
}

func TestArmWithoutSenseIsRefused(t *testing.T) {
	control := NewControl(NewHub())
	for _, r := range []*stallpb.ArmRequest{
		{}, {When: &stallpb.ArmRequest_AfterSentFrameType{AfterSentFrameType: 10}},
	} {
		if _, err := control.Arm(context.Background(), r); err == nil {
			t.Error(r)
		}
	}
}
