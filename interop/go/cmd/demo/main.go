// Command demo runs the stall demo: loopy, chttp2, grpc-go's client and, where
// there are any, clients of other releases of gRPC make calls to a grpc-go server
// that stops reading. It fails when loopy is shown to miss one of its bounds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"loopy/interop/demo"
)

func main() {
	o := demo.Options{Log: os.Stderr}
	flag.StringVar(&o.StallClient, "stall_client", "", "path of //interop/client:stall_client")
	flag.StringVar(&o.Server, "server", "", "path of //interop/go:server")
	flag.StringVar(&o.Client, "client", "", "path of //interop/go:client")
	flag.BoolVar(&o.HasPh2, "has_ph2", false, "show gRPC's coming client transport, which the stall client's gRPC has")
	other := flag.String("other", "", "RELEASE=COMMAND: show the stall client of another release of gRPC as well")
	clients := flag.String("clients", "", "the clients to run, such as loopy,chttp2; none means all")
	flag.BoolVar(&o.Quick, "quick", false, "single runs: 2 to 3 minutes instead of 8")
	asJSON := flag.Bool("json", false, "print a DemoReport as JSON instead of the table")
	stallMs := flag.Int("stall_ms", 10000, "how long the server does not read")
	memoryStallMs := flag.Int("memory_stall_ms", 0, "how long it does not read in scenario f; 0 means 60 s, or 6 s with --quick")
	flag.Parse()
	o.MemoryStall = time.Duration(*memoryStallMs) * time.Millisecond
	if o.MemoryStall == 0 {
		o.MemoryStall = time.Minute
		if o.Quick {
			o.MemoryStall = 6 * time.Second
		}
	}
	o.Stall = time.Duration(*stallMs) * time.Millisecond
	if release, command, ok := strings.Cut(*other, "="); ok {
		o.OtherRelease, o.OtherStallClient = release, strings.Fields(command)
	}
	o.Clients = o.Names()
	if *clients != "" {
		o.Clients = strings.Split(*clients, ",")
	}
	if err := check(o); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	began := time.Now()
	report, problems := demo.Run(ctx, o)
	if ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "demo: interrupted")
		os.Exit(130)
	}
	fmt.Fprintf(os.Stderr, "took %.0f s\n\n", time.Since(began).Seconds())
	if *asJSON {
		text, err := protojson.MarshalOptions{Multiline: true, EmitUnpopulated: true}.Marshal(report)
		if err != nil {
			fmt.Fprintln(os.Stderr, "demo:", err)
			os.Exit(1)
		}
		fmt.Println(string(text))
	} else {
		demo.WriteTable(os.Stdout, report)
	}
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, "demo:", p)
	}
	for _, b := range report.GetBounds() {
		verdict := ""
		if demo.Missed(b) {
			verdict = "missed bound"
		} else if b.GetNotKnown() && b.GetDecides() {
			verdict = "not known"
		}
		if verdict != "" {
			fmt.Fprintf(os.Stderr, "demo: %s: %s: wanted %s, measured %s\n", verdict, b.GetFigure(), b.GetWanted(), b.GetMeasured())
		}
	}
	if !report.GetPassed() {
		os.Exit(1)
	}
}

// check finds out what cannot work, before minutes are spent.
func check(o demo.Options) error {
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if o.Stall < 3*time.Second || o.Stall > time.Minute {
		return errors.New("--stall_ms has to be from 3000 (the deadline of 2 s has to pass) to 60000")
	}
	if o.MemoryStall < time.Second || o.MemoryStall > 10*time.Minute {
		return errors.New("--memory_stall_ms has to be from 1000 to 600000")
	}
	for _, c := range o.Clients {
		if names := o.Names(); !slices.Contains(names, c) {
			return fmt.Errorf("--clients: there is no %q, only %s", c, strings.Join(names, ", "))
		}
	}
	needed := []struct{ flag, path, label string }{{"server", o.Server, "//interop/go:server"}}
	if slices.Contains(o.Clients, demo.GrpcGo) {
		needed = append(needed, struct{ flag, path, label string }{"client", o.Client, "//interop/go:client"})
	}
	if slices.ContainsFunc(o.Clients, func(c string) bool { return c == demo.Loopy || c == demo.Chttp2 || c == demo.Ph2 }) {
		needed = append(needed, struct{ flag, path, label string }{"stall_client", o.StallClient, "//interop/client:stall_client"})
	}
	if o.OtherRelease != "" {
		if len(o.OtherStallClient) == 0 {
			return errors.New("--other: there is no command behind the release")
		}
		needed = append(needed, struct{ flag, path, label string }{"other", o.OtherStallClient[0], "it"})
	}
	for _, n := range needed {
		if n.path == "" {
			return fmt.Errorf("--%s is needed: the path of %s", n.flag, n.label)
		}
		if _, err := exec.LookPath(n.path); err != nil {
			return fmt.Errorf("--%s: %v; is %s built?", n.flag, err, n.label)
		}
	}
	return nil
}
