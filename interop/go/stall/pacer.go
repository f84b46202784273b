package stall

import "time"

const (
	// The most that a paced connection reads at once, so that it reads smoothly.
	maxPacedRead = 16 << 10
	// A paced connection makes up for this much lost time, so that its rate is
	// right even if a sleep was too long.
	catchUp = 2 * time.Millisecond
)

// pacer spreads reads so that a connection reads rate bytes per second.
//
//	sleep(p.delay(now)); n := read(buffer[:p.chunk(len(buffer))]); p.took(now, n)
//
// The zero value has no limit. One goroutine at a time may use it.
type pacer struct {
	rate uint64    // bytes per second; 0 means no limit
	next time.Time // when the next read is due
}

func (p *pacer) set(rate uint64) { *p = pacer{rate: rate} }

// chunk returns how much may be read at once: a millisecond's worth, within limits.
func (p *pacer) chunk(n int) int {
	if p.rate == 0 {
		return n
	}
	return min(n, int(min(maxPacedRead, max(1, p.rate/1000))))
}

// delay returns how long the next read has to wait.
func (p *pacer) delay(now time.Time) time.Duration {
	if p.rate == 0 {
		return 0
	}
	return p.next.Sub(now)
}

// took notes that n bytes were read.
func (p *pacer) took(now time.Time, n int) {
	if p.rate == 0 {
		return
	}
	if earliest := now.Add(-catchUp); p.next.Before(earliest) {
		p.next = earliest
	}
	p.next = p.next.Add(time.Duration(float64(n) / float64(p.rate) * float64(time.Second)))
}
