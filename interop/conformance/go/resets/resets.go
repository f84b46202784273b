// Package resets shows h2spec the resets of a connection.
package resets

import (
	"errors"
	"net"
	"syscall"
)

// Bare returns a connection whose reads return a bare ECONNRESET in the
// net.OpError. That is what h2spec takes for the end of the connection; package
// net has an os.SyscallError around it. A client that closes its connection
// before it has read everything resets it.
func Bare(connection net.Conn) net.Conn {
	return &bare{connection}
}

type bare struct{ net.Conn }

func (c *bare) Read(buffer []byte) (int, error) {
	n, err := c.Conn.Read(buffer)
	var failure *net.OpError
	if errors.As(err, &failure) && errors.Is(err, syscall.ECONNRESET) {
		failure.Err = syscall.ECONNRESET
	}
	return n, err
}
