// Package supervise hands the requests of connectrpc's conformance suite on to a
// client, and its responses to the suite, so that the suite survives the
// client's death.
package supervise

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// A Client is a running client program.
type Client struct {
	io.WriteCloser // its standard input
	io.Reader      // its standard output
	// Wait returns how the program ended, after both are closed.
	Wait func() error
}

// A Supervisor gives requests to a client. When the client dies, the supervisor
// answers its open requests with the way it died, and gives the others to a new
// client.
type Supervisor struct {
	Start     func() (Client, error)
	Responses io.Writer
	// Alone gives each request a client of its own, which shows the request that
	// kills its client.
	Alone bool
}

// Run hands on all requests until they end.
func (s *Supervisor) Run(requests io.Reader) error {
	incoming := make(chan message)
	ended := make(chan error, 1)
	go func() {
		defer close(incoming)
		for {
			request, err := readMessage(requests)
			if err != nil {
				ended <- err
				return
			}
			incoming <- request
		}
	}()
	serve := s.serve
	if s.Alone {
		serve = s.serveEach
	}
	for more := true; more; {
		var err error
		if more, err = serve(incoming); err != nil {
			return err
		}
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// serveEach gives each request to a client of its own.
func (s *Supervisor) serveEach(incoming <-chan message) (more bool, err error) {
	for request := range incoming {
		alone := make(chan message, 1)
		alone <- request
		close(alone)
		if _, err := s.serve(alone); err != nil {
			return false, err
		}
	}
	return false, nil
}

// serve gives requests to one client until they end or it dies. It returns
// whether there may be more of them.
func (s *Supervisor) serve(incoming <-chan message) (more bool, err error) {
	client, err := s.Start()
	if err != nil {
		return false, err
	}
	pending := &pendingRequests{byName: map[string]message{}}
	ended := make(chan error, 1)
	go func() { ended <- s.handOn(client, pending) }()
	taken, running := 0, true
	more = true
	for requests := incoming; running; {
		select {
		case request, ok := <-requests:
			if !ok {
				client.Close()
				more, requests = false, nil
				continue
			}
			taken++
			pending.add(request)
			if _, err := client.Write(request.framed()); err != nil {
				requests = nil // the client has died, and its output ends soon
			}
		case err = <-ended:
			running = false
		}
	}
	client.Close()
	death := client.Wait()
	if death == nil && (more || len(pending.byName) > 0) {
		death = errors.New("it left before its time")
	}
	if death == nil {
		return more, err
	}
	if taken == 0 && more {
		return false, errors.Join(err, fmt.Errorf("the client died before its first request: %w", death))
	}
	return more, errors.Join(err, s.report(pending, death))
}

// handOn hands a client's responses to the suite until there are no more.
func (s *Supervisor) handOn(client io.Reader, pending *pendingRequests) error {
	for {
		response, err := readMessage(client)
		if err != nil {
			return nil // the process tells why it ended
		}
		pending.remove(response.testName())
		if _, err := s.Responses.Write(response.framed()); err != nil {
			return err
		}
	}
}

// report answers the requests of a client that died.
func (s *Supervisor) report(pending *pendingRequests, death error) error {
	fmt.Fprintf(os.Stderr, "supervise: the client died: %v; requests unanswered: %d\n", death, len(pending.byName))
	text := fmt.Sprintf("the client died: %v", death)
	if len(pending.byName) > 1 {
		text += fmt.Sprintf(", of this call or one of %d others", len(pending.byName)-1)
	}
	for name := range pending.byName {
		if _, err := s.Responses.Write(errorResponse(name, text).framed()); err != nil {
			return err
		}
	}
	return nil
}

// pendingRequests are the requests that a client has and has not answered.
type pendingRequests struct {
	mu     sync.Mutex
	byName map[string]message
}

func (p *pendingRequests) add(request message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byName[request.testName()] = request
}

func (p *pendingRequests) remove(testName string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.byName, testName)
}
