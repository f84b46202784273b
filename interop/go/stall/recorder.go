package stall

import (
	"net"

	"google.golang.org/grpc/credentials"

	"loopy/interop/frames"
)

// Credentials wraps a server's credentials to record, as plaintext, the frames of
// the connections of this hub's listener.
func (h *Hub) Credentials(c credentials.TransportCredentials) credentials.TransportCredentials {
	return &recordingCredentials{c, h}
}

type recordingCredentials struct {
	credentials.TransportCredentials
	hub *Hub
}

func (r *recordingCredentials) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	secure, info, err := r.TransportCredentials.ServerHandshake(raw)
	if c, ok := raw.(*conn); ok && err == nil {
		secure = newRecorder(secure, c)
	}
	return secure, info, err
}

func (r *recordingCredentials) Clone() credentials.TransportCredentials {
	return &recordingCredentials{r.TransportCredentials.Clone(), r.hub}
}

// recorder is a connection above TLS that notes the frames of both directions.
type recorder struct {
	net.Conn
	raw *conn
	in  *frames.Scanner // used by the one goroutine that reads
	out *frames.Scanner // used by the one that writes
}

func newRecorder(c net.Conn, raw *conn) *recorder {
	return &recorder{Conn: c, raw: raw, in: frames.NewScanner(true), out: frames.NewScanner(false)}
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	hub := r.raw.hub
	hub.mu.Lock()
	defer hub.mu.Unlock()
	r.in.Feed(p[:n], r.raw.recordLocked)
	r.raw.trailing = r.in.Trailing()
	if err != nil {
		r.raw.endLocked(err)
	}
	return n, err
}

func (r *recorder) Write(p []byte) (int, error) {
	n, err := r.Conn.Write(p)
	hub := r.raw.hub
	hub.mu.Lock()
	defer hub.mu.Unlock()
	r.out.Feed(p[:n], func(h frames.Header, _ *frames.GoAwayFrame) { r.raw.sentLocked(h) })
	return n, err
}
