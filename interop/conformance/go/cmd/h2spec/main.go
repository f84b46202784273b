// Command h2spec runs h2spec's cases for HTTP/2 clients against a client
// program. The program h2specd of h2spec itself ends at the first client that
// does not connect; this one runs each case on a connection of its own.
//
//	h2spec [-timeout=2s] [-parallel=8] [-case=ID] COMMAND [ARGUMENT...]
//
// COMMAND is started once for each case, with the host:port of a server as a
// further argument. It has to make one call there, and to keep the connection
// until its standard input ends. Each result is a line of JSON on standard output.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/summerwind/h2spec/client"
	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/spec"

	"loopy/conformance/resets"
)

const (
	connectTimeout = 20 * time.Second // of a client on a busy machine
	exitTimeout    = 5 * time.Second
)

type result struct {
	// Case is the section and the number in it, such as 4.2/1.
	Case        string `json:"case"`
	Description string `json:"description"`
	Passed      bool   `json:"passed"`
	// Details says what was expected and what came, if it failed.
	Details string `json:"details,omitempty"`
}

// allCases returns the cases of the group and of those in it, in order.
func allCases(group *spec.ClientTestGroup) []*spec.ClientTestCase {
	cases := group.Tests
	for _, inner := range group.Groups {
		cases = append(cases, allCases(inner)...)
	}
	return cases
}

func caseID(test *spec.ClientTestCase) string {
	return fmt.Sprintf("%s/%d", test.Parent.Section, test.Seq)
}

// details renders the text of a case about a client that fails it.
func details(test *spec.ClientTestCase, err error) string {
	var failure *spec.TestError
	if errors.As(err, &failure) {
		return fmt.Sprintf("%s Expected: %s. Actual: %s.", test.Requirement,
			strings.Join(failure.Expected, ", or "), failure.Actual)
	}
	return err.Error()
}

// startClient starts the client. The function that it returns ends the client,
// and reports how it died if it did not exit by itself.
func startClient(command []string, address string) (stop func() error, err error) {
	process := exec.Command(command[0], append(command[1:], address)...)
	process.Stderr = os.Stderr
	input, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	return func() error {
		input.Close()
		kill := time.AfterFunc(exitTimeout, func() { process.Process.Kill() })
		defer kill.Stop()
		if err := process.Wait(); err != nil && process.ProcessState.ExitCode() != 1 {
			return fmt.Errorf("the client died: %w", err)
		}
		return nil // exit code 1 means that the call failed, as most have to
	}, nil
}

// run runs one case against a client of its own.
func run(test *spec.ClientTestCase, settings *config.Config, command []string) (err error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(settings.Host, "0"))
	if err != nil {
		return err
	}
	defer listener.Close() // does nothing the second time
	stop, err := startClient(command, listener.Addr().String())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(stop(), err) }()
	if err := listener.(*net.TCPListener).SetDeadline(time.Now().Add(connectTimeout)); err != nil {
		return err
	}
	socket, err := listener.Accept()
	if err != nil {
		return fmt.Errorf("the client did not connect: %w", err)
	}
	defer socket.Close()
	listener.Close() // a client that wants another connection fails at once
	connection, err := spec.Accept(settings, resets.Bare(socket))
	if err != nil {
		return err
	}
	return test.Run(settings, connection)
}

func main() {
	timeout := flag.Duration("timeout", 2*time.Second, "how long a case waits for a frame")
	parallel := flag.Int("parallel", 8, "how many cases run at once")
	only := flag.String("case", "", "run this case only, such as 4.2/1")
	flag.Parse()
	if flag.NArg() == 0 || *parallel < 1 {
		flag.Usage()
		os.Exit(2)
	}
	settings := &config.Config{Host: "127.0.0.1", Timeout: *timeout, MaxHeaderLen: 4000}
	slots := make(chan struct{}, *parallel)
	var group sync.WaitGroup
	var results []*result
	for _, test := range allCases(client.Spec()) {
		if *only != "" && *only != caseID(test) {
			continue
		}
		outcome := &result{Case: caseID(test), Description: test.Desc}
		results = append(results, outcome)
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := run(test, settings, flag.Args()); err != nil {
				outcome.Details = details(test, err)
			} else {
				outcome.Passed = true
			}
		})
	}
	group.Wait()
	if err := write(os.Stdout, results); err != nil {
		fmt.Fprintln(os.Stderr, "h2spec:", err)
		os.Exit(1)
	}
}

func write(out io.Writer, results []*result) error {
	encoder := json.NewEncoder(out)
	for _, outcome := range results {
		if err := encoder.Encode(outcome); err != nil {
			return err
		}
	}
	return nil
}
