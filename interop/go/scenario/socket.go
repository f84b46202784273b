package scenario

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// socket is a TCP socket of this process, under its name in the kernel's table of
// the process's files.
type socket struct{ name string }

func socketOf(c *net.TCPConn) (socket, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return socket{}, err
	}
	var stat syscall.Stat_t
	var statErr error
	if err := raw.Control(func(fd uintptr) { statErr = syscall.Fstat(int(fd), &stat) }); err != nil {
		return socket{}, err
	}
	return socket{fmt.Sprintf("socket:[%d]", stat.Ino)}, statErr
}

// awaitGone waits until the process no longer has the socket. A closed socket that
// the kernel keeps does not count: it is an orphan with unsent bytes, and the
// program cannot set how long the kernel tries to send them.
func (s socket) awaitGone(ctx context.Context) (time.Time, error) {
	for {
		held, err := s.held()
		if err != nil || !held {
			return time.Now(), err
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("%s does not go away: %w", s.name, ctx.Err())
		}
	}
}

func (s socket) held() (bool, error) {
	const files = "/proc/self/fd"
	entries, err := os.ReadDir(files)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		// A file may be closed by now.
		if name, err := os.Readlink(filepath.Join(files, e.Name())); err == nil && name == s.name {
			return true, nil
		}
	}
	return false, nil
}
