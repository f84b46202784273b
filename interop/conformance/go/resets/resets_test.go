package resets

import (
	"net"
	"testing"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/spec"
)

// Fails if h2spec gets the errors of package net as they are.
func TestAResetIsTheEndOfTheConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	socket, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	connection, err := spec.Accept(&config.Config{Timeout: 10 * time.Second}, Bare(socket))
	if err != nil {
		t.Fatal(err)
	}

	client.(*net.TCPConn).SetLinger(0) // Close resets the connection
	client.Close()

	if event := connection.WaitEvent(); event.Type() != spec.EventConnectionClosed {
		t.Errorf("h2spec sees %v, not the end of the connection", event)
	}
}
