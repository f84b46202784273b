// Command client runs one scenario of the stall demo on grpc-go's client and
// prints its ScenarioResult as JSON.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"loopy/interop/scenario"
)

func main() {
	name := flag.String("scenario", "", "a, b, c, d, e or f")
	server := flag.String("server", "", "address of the test service, host:port")
	control := flag.String("control", "", "address of its StallControl, host:port")
	stallMs := flag.Int("stall_ms", 10000, "the longest that the server does not read")
	payload := flag.Int("payload_bytes", 64<<20, "scenario a: bytes of the message")
	bulk := flag.Int("bulk_streams", 0, "scenario d: uploads beside the small calls")
	seconds := flag.Float64("seconds", 2, "scenario d: how long to measure")
	flag.Parse()
	if *name == "" || *server == "" || *control == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "client: --scenario, --server and --control are needed, and nothing but flags")
		os.Exit(2)
	}

	result := scenario.Run(context.Background(), *name, scenario.Options{
		Server:       *server,
		Control:      *control,
		Stall:        time.Duration(*stallMs) * time.Millisecond,
		Deadline:     2 * time.Second,
		PayloadBytes: *payload,
		BulkStreams:  *bulk,
		Measure:      time.Duration(*seconds * float64(time.Second)),
	})
	text, err := protojson.Marshal(result)
	if err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
	fmt.Println(string(text))
	if result.GetError() != "" {
		os.Exit(1)
	}
}
