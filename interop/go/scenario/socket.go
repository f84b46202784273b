package scenario

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// awaitSocketGone waits until no process has the TCP socket with this local
// address any more: the kernel lists it no longer, or lists it as an orphan
// (inode 0). An orphan is what close(2) leaves when bytes are still unsent;
// how long the kernel keeps trying to send them is not up to the program.
func awaitSocketGone(ctx context.Context, local *net.TCPAddr) (time.Time, error) {
	for {
		held, err := socketHeld(local)
		if err != nil || !held {
			return time.Now(), err
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("the socket %s does not go away", local)
		}
	}
}

func socketHeld(local *net.TCPAddr) (bool, error) {
	ip := local.IP.To4()
	if ip == nil {
		return false, fmt.Errorf("%s is not an IPv4 address", local)
	}
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return false, err
	}
	// The address as this machine's integer, the port as a number, both in hex.
	want := fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(ip), local.Port)
	for line := range strings.Lines(string(table)) {
		// sl local remote state queues timer retransmits uid timeout inode ...
		const localField, inodeField = 1, 9
		fields := strings.Fields(line)
		if len(fields) > inodeField && fields[localField] == want && fields[inodeField] != "0" {
			return true, nil
		}
	}
	return false, nil
}
