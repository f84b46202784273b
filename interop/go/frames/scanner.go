// Package frames reads the headers of HTTP/2 frames from a byte stream (RFC 9113
// section 4.1), in pieces of any size.
package frames

import "encoding/binary"

// Type is a frame's type (RFC 9113 section 6).
type Type uint8

// These are the types that this module looks at.
const (
	Data      Type = 0x0
	RstStream Type = 0x3
	Settings  Type = 0x4
	Ping      Type = 0x6
	GoAway    Type = 0x7
)

const (
	headerLen = 9
	// A GOAWAY has a fixed part of this size. Debug data follows.
	goAwayLen = 8
	// Longer debug data is cut, since a peer chooses its length.
	maxDebugData = 4096
	// Preface is what a client sends first (RFC 9113 section 3.4).
	Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
)

// Header is a frame's header.
type Header struct {
	Length   uint32
	Type     Type
	Flags    uint8
	StreamID uint32
}

// GoAwayFrame is the content of a GOAWAY.
type GoAwayFrame struct {
	LastStreamID uint32
	ErrorCode    uint32
	DebugData    []byte
}

// Scanner finds the frames in a byte stream.
//
//	s := frames.NewScanner(true)
//	s.Feed(bytes, func(h frames.Header, goAway *frames.GoAwayFrame) { ... })
//
// It keeps no payload but a GOAWAY's. One goroutine at a time may use it.
type Scanner struct {
	preface int // bytes of the preface still to come
	header  [headerLen]byte
	have    int    // bytes of header
	left    uint32 // bytes of payload still to come, once the header is whole
	goAway  []byte // payload of the GOAWAY that is being read
}

// NewScanner returns a scanner for the bytes of a client, which begin with the
// preface, or of a server.
func NewScanner(fromClient bool) *Scanner {
	s := &Scanner{}
	if fromClient {
		s.preface = len(Preface)
	}
	return s
}

// Feed takes the next bytes and calls whole for each frame that they complete.
// goAway is nil for frames of other types.
func (s *Scanner) Feed(p []byte, whole func(h Header, goAway *GoAwayFrame)) {
	n := min(s.preface, len(p))
	s.preface -= n
	p = p[n:]
	for len(p) > 0 {
		if s.have < headerLen {
			n := copy(s.header[s.have:], p)
			s.have += n
			p = p[n:]
			if s.have < headerLen {
				return
			}
			s.left = s.current().Length
			s.goAway = s.goAway[:0]
		}
		n := int(min(int64(s.left), int64(len(p))))
		if s.current().Type == GoAway {
			s.goAway = append(s.goAway, p[:min(n, max(0, goAwayLen+maxDebugData-len(s.goAway)))]...)
		}
		s.left -= uint32(n)
		p = p[n:]
		if s.left == 0 {
			h := s.current()
			s.have = 0
			whole(h, s.parseGoAway(h))
		}
	}
}

// Trailing returns how many bytes it was fed of a frame, or of the preface, that
// is not whole yet.
func (s *Scanner) Trailing() uint32 {
	switch {
	case s.preface > 0 && s.preface < len(Preface):
		return uint32(len(Preface) - s.preface)
	case s.have < headerLen:
		return uint32(s.have)
	default:
		return headerLen + s.current().Length - s.left
	}
}

func (s *Scanner) current() Header {
	return Header{
		Length:   binary.BigEndian.Uint32(s.header[:4]) >> 8,
		Type:     Type(s.header[3]),
		Flags:    s.header[4],
		StreamID: binary.BigEndian.Uint32(s.header[5:]) &^ (1 << 31),
	}
}

func (s *Scanner) parseGoAway(h Header) *GoAwayFrame {
	if h.Type != GoAway {
		return nil
	}
	g := &GoAwayFrame{}
	if len(s.goAway) >= goAwayLen {
		g.LastStreamID = binary.BigEndian.Uint32(s.goAway) &^ (1 << 31)
		g.ErrorCode = binary.BigEndian.Uint32(s.goAway[4:])
		g.DebugData = append([]byte(nil), s.goAway[goAwayLen:]...)
	}
	return g
}
