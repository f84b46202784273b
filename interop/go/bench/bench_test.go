package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"loopy/interop/compare"
	"loopy/interop/gen/benchpb"
)

// TestMain makes this program play the servers and the clients for its tests.
func TestMain(m *testing.M) {
	switch role := os.Getenv("BENCH_TEST_ROLE"); {
	case role == "":
		os.Exit(m.Run())
	case slices.ContainsFunc(os.Args, func(a string) bool { return strings.HasPrefix(a, "--workload=") }):
		os.Exit(playClient(role))
	default:
		// A server with TLS is at another port, and so is one in another session.
		switch {
		case slices.Contains(os.Args, "--use_tls=true"):
			fmt.Println("port=2")
		case syscall.Getpgrp() == os.Getpid():
			fmt.Println("port=3")
		default:
			fmt.Println("port=1")
		}
		io.Copy(io.Discard, os.Stdin)
	}
}

// playClient is a loopy that has twice the rate of chttp2. Its latency is now
// better and now worse. The runs so far are in the file `role`.
func playClient(role string) int {
	if role == "dies" || strings.HasPrefix(role, "/") && slices.Contains(os.Args, "--other_dies") {
		fmt.Fprintln(os.Stderr, "ASSERTION FAILED")
		return 134
	}
	if role == "tls" {
		if slices.Contains(os.Args, "--use_tls") != slices.Contains(os.Args, "--server=127.0.0.1:2") {
			fmt.Fprintln(os.Stderr, "it cannot connect")
			return 1
		}
		role = os.DevNull
	}
	if slices.Contains(os.Args, "--server=127.0.0.1:3") != (role == "sessions") {
		fmt.Fprintln(os.Stderr, "this server has the wrong session")
		return 1
	}
	if role == "sessions" {
		role = os.DevNull
	}
	name, rate, latency := "c", 100., 10.
	if slices.Contains(os.Args, "--transport=loopy") {
		name, rate, latency = "l", 200, 8
	}
	f, err := os.OpenFile(role, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		panic(err)
	}
	f.WriteString(name)
	f.Seek(0, io.SeekStart)
	runs, _ := io.ReadAll(f)
	if name == "l" && strings.Count(string(runs), "l")%2 == 0 {
		latency = 12
	}
	fmt.Println(protojson.Format(&benchpb.Measurement{GrpcVersion: "1.2.3", Metrics: []*benchpb.Metric{
		{Name: "rate", Unit: "calls/s", HigherIsBetter: true, Value: rate},
		{Name: "p50", Unit: "us", Value: latency},
	}}))
	return 0
}

func run(t *testing.T, role string, change func(*Options)) (*benchpb.Report, []string, error) {
	t.Helper()
	t.Setenv("BENCH_TEST_ROLE", role)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Client: self, CppServer: self, GoServer: self, Servers: []string{"go"}, Workloads: []string{"unary_1"},
		MaxPairs: 32, Budget: time.Minute, Log: io.Discard,
		Others: []Client{{Name: "another", Argv: []string{self, "--transport=chttp2"}}},
		coin:   func() bool { return false },
	}
	change(&o)
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	return Run(ctx, o)
}

// Breaks caught: the order is not by chance; the others in every pair; no more pairs for a row that is not known, or for no limit; one
// direction for all metrics; the two clients' samples exchanged.
func TestRowsThatAreNotKnownGetMorePairs(t *testing.T) {
	runs := t.TempDir() + "/runs"
	tosses := []bool{false, true, true, false, true}
	r, problems, err := run(t, runs, func(o *Options) {
		o.MaxPairs = 16
		o.coin = func() bool {
			first := tosses[0]
			tosses = append(tosses[1:], first)
			return first
		}
	})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	rate, p50 := r.GetRows()[0], r.GetRows()[1]
	if rate.GetVerdict() != "ahead" || rate.GetRatio() != 2 || rate.GetLoopy() != 200 || rate.GetOthers()[0] != 100 {
		t.Error(rate)
	}
	if p50.GetVerdict() != "not known" || len(p50.GetLoopySamples()) != 16 || len(p50.GetChttp2Samples()) != 16 {
		t.Error(p50)
	}
	if r.GetGrpcVersion() != "1.2.3" || !Passed(r) {
		t.Error(r)
	}
	// The third run of the first pairs is the other client's.
	if order, _ := os.ReadFile(runs); !strings.HasPrefix(string(order), "lcc"+"clc"+"clc"+"lc"+"cl") {
		t.Errorf("%s", order)
	}
	var table strings.Builder
	WriteTable(&table, r)
	for _, want := range []string{"gRPC 1.2.3", "2.000", "2.00..2.00", "0.80..1.20", "another", "1 ahead, 0 level, 0 behind, 1 not known"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
}

// Breaks caught: a budget that cuts the first pairs short, or no later ones; a
// self check that runs loopy.
func TestTheBudgetEndsTheRepetitions(t *testing.T) {
	r, problems, err := run(t, t.TempDir()+"/runs", func(o *Options) { o.Budget = 0 })
	if err != nil || len(problems) > 0 || len(r.GetRows()[1].GetLoopySamples()) != looks[0] {
		t.Error(err, problems, r)
	}
	r, problems, err = run(t, t.TempDir()+"/runs", func(o *Options) { o.SelfCheck = true })
	if err != nil || len(problems) > 0 || Count(r, compare.Level) != 2 || !Passed(r) {
		t.Error(err, problems, r)
	}
}

// Breaks caught: a plain server for a workload with TLS, or the other way round.
func TestWorkloadsOverTLSHaveAServerWithTLS(t *testing.T) {
	for _, name := range []string{"unary_1", "tls_unary_1"} {
		_, problems, err := run(t, "tls", func(o *Options) { o.Workloads = []string{name} })
		if err != nil || len(problems) > 0 {
			t.Error(err, problems)
		}
	}
}

// Breaks caught: servers in our session although they were to have their own, and
// the other way round (by all other tests, too); a report that does not say it.
func TestServersInSessionsOfTheirOwn(t *testing.T) {
	r, problems, err := run(t, "sessions", func(o *Options) { o.ServerSessions = true })
	var table strings.Builder
	WriteTable(&table, r)
	if err != nil || len(problems) > 0 || !strings.Contains(table.String(), "Each server had a session of its own.") {
		t.Error(err, problems, table.String())
	}
}

// Break caught: two workloads with the same name.
func TestWorkloadsHaveDifferentNames(t *testing.T) {
	names := map[string]bool{}
	for _, w := range workloads {
		names[w.name] = true
	}
	if len(names) != len(workloads) {
		t.Error(Describe())
	}
}

// Break caught: an order that is the same each time. One of 2^20 runs of this test
// fails by chance.
func TestTheOrderIsByChance(t *testing.T) {
	var o Options
	first := o.chttp2First()
	for range 20 {
		if o.chttp2First() != first {
			return
		}
	}
	t.Error(first)
}

// Breaks caught: a client for comparison that fails takes the row with it, or runs
// again and again.
func TestOtherClientsMayFail(t *testing.T) {
	var log strings.Builder
	r, problems, err := run(t, t.TempDir()+"/runs", func(o *Options) {
		o.Others[0].Argv = append(o.Others[0].Argv, "--other_dies")
		o.Log = &log
	})
	if err != nil || len(problems) > 0 || r.GetRows()[0].GetVerdict() != "ahead" {
		t.Fatal(err, problems, r)
	}
	if n := strings.Count(log.String(), "unary_1 to the go server: another: the client died"); n != 1 {
		t.Error(n, log.String())
	}
	var table strings.Builder
	WriteTable(&table, r)
	if strings.Contains(table.String(), "NaN") {
		t.Error(table.String())
	}
}

// Break caught: a workload that fails ends the others, or leaves rows.
func TestProblemsAreOneClearLine(t *testing.T) {
	r, problems, err := run(t, "dies", func(o *Options) { o.Workloads = []string{"unary_1", "connect"} })
	want := "connect to the go server: loopy: the client died: exit status 134: ASSERTION FAILED"
	if err != nil || len(problems) != 2 || problems[1] != want || len(r.GetRows()) != 0 {
		t.Error(err, problems, r)
	}
	_, _, err = run(t, "unused", func(o *Options) { o.Workloads = []string{"unary_2"} })
	if err == nil || !strings.Contains(err.Error(), "unary_64 ") {
		t.Error(err)
	}
}

// Breaks caught: rows behind that pass; a self check that passes with more errors
// than its confidence allows, or that allows only one direction.
func TestWhatFails(t *testing.T) {
	report := func(selfCheck bool, verdicts map[compare.Verdict]int) *benchpb.Report {
		r := &benchpb.Report{SelfCheck: selfCheck, Confidence: Confidence}
		for v, n := range verdicts {
			for range n {
				r.Rows = append(r.Rows, &benchpb.Row{Verdict: v.String()})
			}
		}
		return r
	}
	for _, c := range []struct {
		selfCheck                      bool
		ahead, behind, level, notKnown int
		want                           bool
	}{
		{false, 50, 0, 25, 25, true},
		{false, 50, 1, 25, 25, false},
		{true, 5, 6, 44, 45, true},
		{true, 6, 6, 44, 44, false},
		{true, 12, 0, 44, 44, false},
	} {
		got := Passed(report(c.selfCheck, map[compare.Verdict]int{
			compare.Ahead: c.ahead, compare.Behind: c.behind, compare.Level: c.level, compare.NotKnown: c.notKnown,
		}))
		if got != c.want {
			t.Error(c)
		}
	}
}
