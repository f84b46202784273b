// Command bench runs workloads on loopy and on chttp2 in turns, against a gRPC C++
// and a grpc-go server on this machine, and says which of the two is ahead.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"loopy/interop/bench"
)

func main() {
	o := bench.Options{Log: os.Stderr}
	flag.StringVar(&o.Client, "client", "", "path of //bench/client")
	flag.StringVar(&o.CppServer, "cpp_server", "", "path of //bench:server")
	flag.StringVar(&o.GoServer, "go_server", "", "path of //interop/go:server")
	flag.StringVar(&o.TestData, "test_data", "", "path of interop/go/testdata")
	hasPh2 := flag.Bool("has_ph2", false, "show gRPC's coming client transport, which the client's gRPC has")
	other := flag.String("other", "", "RELEASE=COMMAND: show the client of another release of gRPC, which has that transport")
	servers := flag.String("servers", "cpp,go", "cpp, go or both")
	names := flag.String("workloads", "", "the workloads to run, such as unary_1,connect; none means all of\n"+bench.Describe())
	flag.DurationVar(&o.Measured, "measured", 500*time.Millisecond, "the measured time of a run")
	flag.IntVar(&o.MaxPairs, "max_pairs", 32, "the most pairs of runs of a workload")
	flag.DurationVar(&o.Budget, "budget", 40*time.Minute, "the time after which no row is measured again")
	flag.BoolVar(&o.SelfCheck, "self_check", false, "chttp2 on both sides; fails if more rows are ahead or behind than the confidence allows")
	flag.BoolVar(&o.ServerSessions, "server_sessions", false, "give each server a session of its own: Linux then shares the\nprocessors between it and the client as between two containers")
	asJSON := flag.Bool("json", false, "print the report as JSON")
	reportFile := flag.String("report", "", "where to write the report as JSON, too")
	requireLevel := flag.Bool("require_level", false, "fail if loopy is behind in a row")
	flag.Parse()
	o.Servers = strings.Split(*servers, ",")
	if *names != "" {
		o.Workloads = strings.Split(*names, ",")
	}
	o.Others = others(o.Client, *hasPh2, *other)
	if flag.NArg() > 0 || o.Client == "" || o.CppServer == "" || o.GoServer == "" || o.TestData == "" || o.MaxPairs < 1 {
		fail("--client, --cpp_server, --go_server and --test_data are needed, --max_pairs from 1 on, and nothing but flags")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report, problems, err := bench.Run(ctx, o)
	if err != nil {
		fail(err)
	}
	text := protojson.MarshalOptions{Multiline: true, EmitUnpopulated: true}.Format(report)
	if *reportFile != "" {
		if err := os.WriteFile(*reportFile, []byte(text), 0o644); err != nil {
			fail(err)
		}
	}
	if *asJSON {
		fmt.Println(text)
	} else {
		bench.WriteTable(os.Stdout, report)
	}
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, "bench:", p)
	}
	if len(problems) > 0 {
		os.Exit(2)
	}
	if (o.SelfCheck || *requireLevel) && !bench.Passed(report) {
		os.Exit(1)
	}
}

// others returns the clients for comparison. gRPC's coming client transport runs
// without retries, since its bidirectional calls hang with them.
func others(client string, hasPh2 bool, other string) []bench.Client {
	ph2 := func(name string, command []string) bench.Client {
		return bench.Client{
			Name: name,
			Argv: append(slices.Clone(command), "--transport=chttp2", "--retries=false"),
			Env:  []string{"GRPC_EXPERIMENTS=ph2_client"},
		}
	}
	var all []bench.Client
	if hasPh2 {
		all = append(all, ph2("ph2", []string{client}))
	}
	if release, text, ok := strings.Cut(other, "="); ok {
		command := strings.Fields(text)
		for _, transport := range []string{"loopy", "chttp2"} {
			all = append(all, bench.Client{
				Name: transport + "-" + release,
				Argv: append(slices.Clone(command), "--transport="+transport),
			})
		}
		all = append(all, ph2("ph2-"+release, command))
	}
	return all
}

func fail(problem any) {
	fmt.Fprintln(os.Stderr, "bench:", problem)
	os.Exit(2)
}
