package frames

import (
	"bytes"
	"fmt"
	"testing"

	"golang.org/x/net/http2"
)

// clientBytes is written by another implementation of HTTP/2.
func clientBytes(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(Preface)
	f := http2.NewFramer(&b, nil)
	for _, err := range []error{
		f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 7}),
		f.WriteSettingsAck(),
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: []byte("abc"), EndHeaders: true}),
		f.WriteData(3, true, bytes.Repeat([]byte{7}, 300)),
		f.WriteData(5, false, nil),
		f.WriteGoAway(9, http2.ErrCodeEnhanceYourCalm, []byte("why")),
		f.WriteRawFrame(0xfa, 1, 11, []byte{1, 2}),
		f.WriteGoAway(0, http2.ErrCodeNo, nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

const clientFrames = `{6 4 0 0}{0 4 1 0}{3 1 4 3}{300 0 1 3}{0 0 0 5}` +
	`{11 7 0 0}=9,11,why{2 250 1 11}{8 7 0 0}=0,0,`

type printer struct{ bytes.Buffer }

func (p *printer) frame(h Header, g *GoAwayFrame) {
	fmt.Fprint(p, h)
	if g != nil {
		fmt.Fprintf(p, "=%d,%d,%s", g.LastStreamID, g.ErrorCode, g.DebugData)
	}
}

// Catches state that is lost between two pieces, such as `have` or `preface`.
func TestEverySplitInTwoGivesTheSameFrames(t *testing.T) {
	in := clientBytes(t)
	for i := range len(in) + 1 {
		var got printer
		s := NewScanner(true)
		s.Feed(in[:i], got.frame)
		s.Feed(in[i:], got.frame)
		if got.String() != clientFrames || s.Trailing() != 0 {
			t.Fatalf("split at %d: %s, trailing %d", i, got.String(), s.Trailing())
		}
	}
}

func TestByteByByteGivesTheSameFrames(t *testing.T) {
	var got printer
	s := NewScanner(true)
	for _, b := range clientBytes(t) {
		s.Feed([]byte{b}, got.frame)
	}
	if got.String() != clientFrames {
		t.Fatal(got.String())
	}
}

func TestTrailingCountsTheBytesAfterTheLastWholeFrame(t *testing.T) {
	in := clientBytes(t)
	boundary, ends := 0, map[int]bool{0: true, len(Preface): true}
	probe := NewScanner(true)
	for i, b := range in {
		probe.Feed([]byte{b}, func(Header, *GoAwayFrame) { ends[i+1] = true })
	}
	for i := range len(in) + 1 {
		if ends[i] {
			boundary = i
		}
		s := NewScanner(true)
		s.Feed(in[:i], func(Header, *GoAwayFrame) {})
		if int(s.Trailing()) != i-boundary {
			t.Fatalf("after %d bytes: trailing %d, want %d", i, s.Trailing(), i-boundary)
		}
	}
}

func TestServerBytesHaveNoPreface(t *testing.T) {
	var got printer
	NewScanner(false).Feed(clientBytes(t)[len(Preface):], got.frame)
	if got.String() != clientFrames {
		t.Fatal(got.String())
	}
}

func TestGoAwayOfAnyLengthIsTaken(t *testing.T) {
	for _, n := range []int{0, 7, goAwayLen, goAwayLen + maxDebugData + 1000} {
		header := []byte{byte(n >> 16), byte(n >> 8), byte(n), byte(GoAway), 0, 0, 0, 0, 0}
		var got *GoAwayFrame
		s := NewScanner(false)
		s.Feed(append(header, make([]byte, n)...), func(_ Header, g *GoAwayFrame) { got = g })
		if got == nil || len(got.DebugData) != min(max(0, n-goAwayLen), maxDebugData) {
			t.Fatalf("GOAWAY of %d bytes: %+v", n, got)
		}
	}
}
