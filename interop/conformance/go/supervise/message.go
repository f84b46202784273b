package supervise

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"

	"google.golang.org/protobuf/encoding/protowire"
)

const (
	// ClientCompatRequest and ClientCompatResponse have this field.
	testNameField = 1
	// ClientCompatResponse has a ClientErrorResult, which has the text.
	errorField        = 3
	errorMessageField = 1

	maxMessageSize = 64 << 20
)

// A message is a request or a response of the suite, as bytes. Only the name of
// its case matters here.
type message []byte

// readMessage reads a message that has its size in front of it.
func readMessage(in io.Reader) (message, error) {
	var size [4]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(size[:])
	if length > maxMessageSize {
		return nil, fmt.Errorf("a message of %d bytes", length)
	}
	bytes := make(message, length)
	if _, err := io.ReadFull(in, bytes); err != nil {
		return nil, fmt.Errorf("within a message: %w", err)
	}
	return bytes, nil
}

// framed returns the message with its size in front.
func (m message) framed() []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(m))), m...)
}

// testName returns the name of the message's case, or "".
func (m message) testName() string {
	for rest := []byte(m); len(rest) > 0; {
		number, kind, tag := protowire.ConsumeTag(rest)
		if tag < 0 {
			return ""
		}
		if number == testNameField && kind == protowire.BytesType {
			name, length := protowire.ConsumeString(rest[tag:])
			if length < 0 {
				return ""
			}
			return name
		}
		length := protowire.ConsumeFieldValue(number, kind, rest[tag:])
		if length < 0 {
			return ""
		}
		rest = rest[tag+length:]
	}
	return ""
}

// errorResponse returns a ClientCompatResponse that has an error.
func errorResponse(testName, text string) message {
	var result message
	result = protowire.AppendTag(result, errorMessageField, protowire.BytesType)
	result = protowire.AppendString(result, text)
	var response message
	response = protowire.AppendTag(response, testNameField, protowire.BytesType)
	response = protowire.AppendString(response, testName)
	response = protowire.AppendTag(response, errorField, protowire.BytesType)
	return protowire.AppendBytes(response, result)
}

// StartCommand starts a client program.
func StartCommand(command []string) (Client, error) {
	client := exec.Command(command[0], command[1:]...)
	client.Stderr = os.Stderr
	in, err := client.StdinPipe()
	if err != nil {
		return Client{}, err
	}
	out, err := client.StdoutPipe()
	if err != nil {
		return Client{}, err
	}
	if err := client.Start(); err != nil {
		return Client{}, err
	}
	return Client{WriteCloser: in, Reader: out, Wait: client.Wait}, nil
}
