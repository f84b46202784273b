// Command soak runs the soak test: a C++ client makes calls to grpc-go servers
// that are restarted, stalled and overloaded. It fails if a call hangs, is
// lost without need, or runs twice.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"loopy/interop/soak"
)

func main() {
	o := soak.Options{Log: os.Stderr}
	client := flag.String("client", "", "the command of //interop/soak:soak_client, with its arguments")
	seconds := flag.Float64("seconds", 600, "how long calls are made")
	flag.IntVar(&o.Servers, "servers", 5, "how many servers there are")
	flag.Uint64Var(&o.Seed, "seed", uint64(time.Now().UnixNano()), "of what happens to the servers; default: another one each time")
	asJSON := flag.Bool("json", false, "print a SoakReport as JSON instead of the table")
	flag.Parse()
	o.Client = append(strings.Fields(*client), flag.Args()...)
	o.Length = time.Duration(*seconds * float64(time.Second))
	if len(o.Client) == 0 || *seconds < 1 || o.Servers < 2 {
		fmt.Fprintln(os.Stderr, "soak: --client is needed, --seconds from 1 and --servers from 2 on")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report, err := soak.Run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
	if *asJSON {
		fmt.Println(protojson.MarshalOptions{Multiline: true, EmitUnpopulated: true}.Format(report))
	} else {
		soak.WriteTable(os.Stdout, report)
	}
	if !report.GetPassed() {
		os.Exit(1)
	}
}
