package supervise

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func request(name string) message {
	return protowire.AppendString(
		protowire.AppendTag(nil, testNameField, protowire.BytesType), name)
}

// newClient starts a client that answers each request with itself, dies of one
// named "kill", and exits well at one named "leave".
func newClient() (Client, error) {
	requests, in := io.Pipe()
	out, responses := io.Pipe()
	death := make(chan error, 1)
	go func() {
		death <- serveRequests(requests, responses)
		requests.Close()
		responses.Close()
	}()
	return Client{WriteCloser: in, Reader: out, Wait: func() error { return <-death }}, nil
}

func serveRequests(requests io.Reader, responses io.Writer) error {
	for {
		request, err := readMessage(requests)
		if err != nil {
			return nil
		}
		if request.testName() == "kill" {
			return errors.New("signal: aborted")
		}
		if request.testName() == "leave" {
			return nil
		}
		if _, err := responses.Write(request.framed()); err != nil {
			return err
		}
	}
}

func run(t *testing.T, alone bool, names ...string) map[string]message {
	t.Helper()
	var requests, responses bytes.Buffer
	for _, name := range names {
		requests.Write(request(name).framed())
	}
	supervisor := &Supervisor{Start: newClient, Responses: &responses, Alone: alone}
	if err := supervisor.Run(&requests); err != nil {
		t.Fatal(err)
	}
	answers := map[string]message{}
	for {
		response, err := readMessage(&responses)
		if err != nil {
			return answers
		}
		if _, twice := answers[response.testName()]; twice {
			t.Errorf("%s was answered twice", response.testName())
		}
		answers[response.testName()] = response
	}
}

func tellsOfDeath(answer message) bool {
	return strings.Contains(string(answer), "signal: aborted")
}

// Catches a supervisor that ends with its client, or forgets the open requests.
func TestEachRequestIsAnsweredThoughTheClientDies(t *testing.T) {
	answers := run(t, false, "a", "b", "kill", "c", "d")
	if len(answers) != 5 {
		t.Errorf("%d of 5 requests were answered", len(answers))
	}
	if !tellsOfDeath(answers["kill"]) {
		t.Errorf("kill: %q", answers["kill"])
	}
}

// Catches a supervisor that takes an early exit for a good one, and leaves
// requests without an answer.
func TestAClientThatLeavesIsReported(t *testing.T) {
	answers := run(t, false, "a", "leave", "b")
	if len(answers) != 3 {
		t.Errorf("%d of 3 requests were answered", len(answers))
	}
	if !strings.Contains(string(answers["leave"]), "it left before its time") {
		t.Errorf("leave: %q", answers["leave"])
	}
}

// Catches a supervisor that lets requests share a client with Alone.
func TestAlone(t *testing.T) {
	answers := run(t, true, "a", "kill", "b")
	if len(answers) != 3 {
		t.Errorf("%d of 3 requests were answered", len(answers))
	}
	for name, answer := range answers {
		if tellsOfDeath(answer) != (name == "kill") {
			t.Errorf("%s: %q", name, answer)
		}
	}
}

// Catches a supervisor that restarts, for ever, a client that cannot run.
func TestAClientThatCannotRunIsAnError(t *testing.T) {
	start := func() (Client, error) {
		client, err := newClient()
		if err == nil {
			_, err = client.Write(request("kill").framed())
		}
		return client, err
	}
	waiting, _ := io.Pipe()
	supervisor := &Supervisor{Start: start, Responses: io.Discard}
	if err := supervisor.Run(waiting); err == nil {
		t.Error("no error")
	}
}

// Catches a search for the name in the first field only, or past the end.
func TestTestName(t *testing.T) {
	other := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 7)
	for _, test := range []struct {
		message message
		want    string
	}{
		{request("name"), "name"},
		{append(other, request("name")...), "name"},
		{other, ""},
		{request("name")[:3], ""},
		{nil, ""},
	} {
		if got := test.message.testName(); got != test.want {
			t.Errorf("%q: %q, want %q", []byte(test.message), got, test.want)
		}
	}
	if got := errorResponse("name", "text").testName(); got != "name" {
		t.Errorf("an error response is %q's", got)
	}
}
