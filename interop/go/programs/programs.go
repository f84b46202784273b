// Package programs runs the servers and the clients that the demo and the
// benchmarks measure.
package programs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Patience is how much longer a program may take than it is asked to.
const Patience = 20 * time.Second

// Server is a running server. It ends with its standard input, so it does not
// outlive us however we end.
type Server struct {
	Port, ControlPort int // ControlPort is 0 if the server has none

	cmd   *exec.Cmd
	stdin io.Closer
}

// StartServer starts a server and waits until it is ready. The caller stops it.
func StartServer(ctx context.Context, path string, args ...string) (*Server, error) {
	return start(exec.CommandContext(ctx, path, args...))
}

// StartServerInSession is StartServer with a session of its own for the server.
// Between sessions Linux shares the processors as between containers (autogroups,
// sched(7)), and not thread by thread.
func StartServerInSession(ctx context.Context, path string, args ...string) (*Server, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return start(cmd)
}

func start(cmd *exec.Cmd) (*Server, error) {
	s := &Server{cmd: cmd}
	errs := &tail{}
	s.cmd.Stderr = errs
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	s.stdin = stdin
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("the test server does not start: %w", err)
	}
	// A server that prints nothing hangs. Reading ends when it is killed.
	hung := time.AfterFunc(Patience, func() { s.cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	hung.Stop()
	if err == nil {
		var n int
		n, err = fmt.Sscanf(line, "port=%d control_port=%d", &s.Port, &s.ControlPort)
		if n == 1 {
			err = nil
		}
	}
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("the test server did not get ready: %s", errs.or(strings.TrimSpace(line), err.Error()))
	}
	return s, nil
}

// Stop ends the server.
func (s *Server) Stop() {
	s.stdin.Close()
	kill := time.AfterFunc(2*time.Second, func() { s.cmd.Process.Kill() })
	defer kill.Stop()
	s.cmd.Wait()
}

// RunClient runs a client program to its end, and parses the JSON that it printed
// into result. After an error the result may have been parsed or not. `env` is
// added to the program's environment.
func RunClient(ctx context.Context, bound time.Duration, argv, env []string, result proto.Message) error {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.WaitDelay = time.Second
	cmd.Env = append(cmd.Environ(), env...)
	var out bytes.Buffer
	errs := &tail{}
	cmd.Stdout, cmd.Stderr = &out, errs
	runErr := cmd.Run()

	parseErr := protojson.Unmarshal(out.Bytes(), result)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("the client did not end within %v", bound)
	case ctx.Err() != nil:
		return ctx.Err()
	case runErr != nil:
		return fmt.Errorf("the client died: %w: %s", runErr, errs.or("it said nothing"))
	case parseErr != nil:
		return fmt.Errorf("the client printed no result: %w", parseErr)
	}
	return nil
}

// tail keeps the last line that was written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const most = 4096
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(p), nil
}

// or returns the last line, or else the first alternative that is not empty.
func (t *tail) or(alternatives ...string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	for _, s := range append([]string{lines[len(lines)-1]}, alternatives...) {
		if s != "" {
			return s
		}
	}
	return ""
}
