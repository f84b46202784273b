package demo

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
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"loopy/interop/gen/scenariopb"
)

// A program may take this much longer than it is asked to.
const patience = 20 * time.Second

// server is a running test server. It ends with its standard input, so it does
// not outlive us however we end.
type server struct {
	cmd           *exec.Cmd
	stdin         io.Closer
	port, control int
}

func startServer(ctx context.Context, path string, args ...string) (*server, error) {
	s := &server{cmd: exec.CommandContext(ctx, path, args...)}
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
	hung := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	hung.Stop()
	if err == nil {
		_, err = fmt.Sscanf(line, "port=%d control_port=%d", &s.port, &s.control)
	}
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("the test server did not get ready: %s", errs.or(strings.TrimSpace(line), err.Error()))
	}
	return s, nil
}

func (s *server) stop() {
	s.stdin.Close()
	kill := time.AfterFunc(2*time.Second, func() { s.cmd.Process.Kill() })
	defer kill.Stop()
	s.cmd.Wait()
}

// runClient runs a client program to its end and returns what it printed. `env`
// is added to its environment.
func runClient(ctx context.Context, bound time.Duration, argv, env []string) (*scenariopb.ScenarioResult, error) {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.WaitDelay = time.Second
	cmd.Env = append(cmd.Environ(), env...)
	var out bytes.Buffer
	errs := &tail{}
	cmd.Stdout, cmd.Stderr = &out, errs
	runErr := cmd.Run()

	result := &scenariopb.ScenarioResult{}
	parseErr := protojson.Unmarshal(out.Bytes(), result)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("the client did not end within %v", bound)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case parseErr == nil && result.GetError() != "":
		return nil, errors.New(result.GetError())
	case runErr != nil:
		return nil, fmt.Errorf("the client died: %w: %s", runErr, errs.or("it said nothing"))
	case parseErr != nil:
		return nil, fmt.Errorf("the client printed no result: %w", parseErr)
	case result.GetResult() == nil:
		return nil, errors.New("the client printed an empty result")
	}
	return result, nil
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
