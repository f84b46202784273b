// Package bench runs workloads on loopy and on chttp2 in turns, and compares them.
package bench

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loopy/interop/compare"
	"loopy/interop/gen/benchpb"
	"loopy/interop/programs"
)

// Confidence is that of each row's verdict, however often the row is judged.
const Confidence = 0.95

// looks are the numbers of pairs after which a row is judged. A row that is not
// known yet gets the pairs up to the next look.
var looks = []int{8, 16, 32}

// Clients for comparison run beside this many pairs.
const runsOfOthers = 3

// Client is a client for comparison.
type Client struct {
	Name string
	Argv []string
	Env  []string
}

// Options are the options of the benchmarks.
type Options struct {
	Client    string // path of //bench/client
	CppServer string // path of //bench:server
	GoServer  string // path of //interop/go:server
	TestData  string // path of interop/go/testdata, with the certificates
	Others    []Client
	Servers   []string // "cpp", "go"
	Workloads []string // their names; none means all
	Measured  time.Duration
	MaxPairs  int
	// Budget is the time after which no row is measured again.
	Budget    time.Duration
	SelfCheck bool // chttp2 runs on both sides
	// ServerSessions gives each server a session of its own.
	ServerSessions bool
	Log            io.Writer // what is being done

	coin func() bool // replaces chance in tests
}

func (o *Options) chttp2First() bool {
	if o.coin != nil {
		return o.coin()
	}
	return rand.IntN(2) == 1
}

// samples has the values of each metric, in the order of the runs.
type samples [][]float64

// job is a workload with calls to one server, and what was measured.
type job struct {
	workload
	server  string
	metrics []*benchpb.Metric
	version string
	loopy   samples
	chttp2  samples
	others  []samples
	failed  bool
}

func (j *job) pairs() int {
	if len(j.chttp2) == 0 {
		return 0
	}
	return len(j.chttp2[0])
}

// known says whether every row has a verdict.
func (j *job) known() bool {
	return !slices.ContainsFunc(j.rows(), func(r *benchpb.Row) bool {
		return r.GetVerdict() == compare.NotKnown.String()
	})
}

type bench struct {
	Options
	ctx       context.Context
	problems  []string
	addresses map[serverKey]string
}

type serverKey struct {
	name string
	tls  bool
}

// Run runs the workloads. Each run is a process of its own, so that its CPU time
// and heap are of nothing else. The servers keep running. Each problem is a line
// about a workload that could not be run, and which the report lacks.
func Run(ctx context.Context, o Options) (report *benchpb.Report, problems []string, err error) {
	b := &bench{Options: o, ctx: ctx, addresses: map[serverKey]string{}}
	jobs, err := b.jobs()
	if err != nil {
		return nil, nil, err
	}
	for _, j := range jobs {
		key := serverKey{j.server, j.tls}
		if b.addresses[key] != "" {
			continue
		}
		stop, err := b.startServer(key)
		if err != nil {
			return nil, nil, err
		}
		defer stop()
	}
	b.runAll(jobs)
	return b.report(jobs), b.problems, ctx.Err()
}

func (b *bench) jobs() ([]*job, error) {
	wanted := workloads
	if len(b.Workloads) > 0 {
		wanted = nil
	}
	for _, name := range b.Workloads {
		i := slices.IndexFunc(workloads, func(w workload) bool { return w.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no workload %q; the workloads are\n%s", name, Describe())
		}
		wanted = append(wanted, workloads[i])
	}
	var jobs []*job
	for _, server := range b.Servers {
		for _, w := range wanted {
			jobs = append(jobs, &job{workload: w, server: server, others: make([]samples, len(b.Others))})
		}
	}
	return jobs, nil
}

// Describe lists the workloads, one a line.
func Describe() string {
	var lines []string
	for _, w := range workloads {
		lines = append(lines, fmt.Sprintf("  %-14s %s", w.name, w.description))
	}
	return strings.Join(lines, "\n")
}

func (b *bench) startServer(key serverKey) (stop func(), err error) {
	path, args := b.CppServer, []string(nil)
	switch key.name {
	case "cpp":
		if key.tls {
			args = []string{"--certificate=" + filepath.Join(b.TestData, "server.pem"),
				"--key=" + filepath.Join(b.TestData, "server.key")}
		}
	case "go":
		// These flags give an ordinary server grpc-go's windows and the kernel's
		// buffers.
		path, args = b.GoServer, []string{"--window=0", "--recv_buffer=0", fmt.Sprintf("--use_tls=%v", key.tls)}
	default:
		return nil, fmt.Errorf("the server %q is neither cpp nor go", key.name)
	}
	start := programs.StartServer
	if b.ServerSessions {
		start = programs.StartServerInSession
	}
	s, err := start(b.ctx, path, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key.name, err)
	}
	b.addresses[key] = fmt.Sprintf("127.0.0.1:%d", s.Port)
	return s.Stop, nil
}

// runAll measures each job up to the first look, and those that are not known up
// to the next ones.
func (b *bench) runAll(jobs []*job) {
	began := time.Now()
	for i, pairs := range looks {
		pairs = min(pairs, b.MaxPairs)
		for _, j := range jobs {
			if b.ctx.Err() != nil || j.failed {
				continue
			}
			if i > 0 && (j.known() || time.Since(began) > b.Budget) {
				continue
			}
			fmt.Fprintf(b.Log, "bench: %s to the %s server, up to %d pairs\n", j.description, j.server, pairs)
			for j.pairs() < pairs && !j.failed {
				if err := b.runPair(j); err != nil {
					j.failed = true
					b.problems = append(b.problems, fmt.Sprintf("%s to the %s server: %v", j.name, j.server, err))
				}
			}
		}
	}
}

// runPair runs both transports, one of them first by chance. If a set order took
// turns, load that lasts for a few runs would make neighbouring pairs alike, and
// the sign test takes them as independent.
func (b *bench) runPair(j *job) error {
	loopy := Client{"loopy", []string{b.Client, "--transport=loopy"}, nil}
	chttp2 := Client{"chttp2", []string{b.Client, "--transport=chttp2"}, nil}
	if b.SelfCheck {
		loopy = chttp2
	}
	pair := j.pairs()
	turns := []func() error{
		func() error { return b.runOnce(j, loopy, &j.loopy) },
		func() error { return b.runOnce(j, chttp2, &j.chttp2) },
	}
	if b.chttp2First() {
		slices.Reverse(turns)
	}
	for _, run := range turns {
		if err := run(); err != nil {
			return err
		}
	}
	for i, c := range b.Others {
		if pair >= runsOfOthers || pair > 0 && j.others[i] == nil {
			continue // there are enough runs, or one failed
		}
		if err := b.runOnce(j, c, &j.others[i]); err != nil {
			fmt.Fprintf(b.Log, "bench: %s to the %s server: %v\n", j.name, j.server, err)
			j.others[i] = nil
		}
	}
	return nil
}

func (b *bench) runOnce(j *job, c Client, to *samples) error {
	argv := append(slices.Clone(c.Argv), "--server="+b.addresses[serverKey{j.server, j.tls}],
		"--measured="+b.Measured.String())
	if j.tls {
		argv = append(argv, "--use_tls", "--ca_file="+filepath.Join(b.TestData, "ca.pem"))
	}
	m := &benchpb.Measurement{}
	err := programs.RunClient(b.ctx, b.Measured+3*programs.Patience, append(argv, j.flags...), c.Env, m)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	if j.metrics == nil {
		j.metrics, j.version = m.GetMetrics(), m.GetGrpcVersion()
	}
	if *to == nil {
		*to = make(samples, len(j.metrics))
	}
	if len(m.GetMetrics()) != len(j.metrics) {
		return fmt.Errorf("%s: its metrics vary", c.Name)
	}
	for i, metric := range m.GetMetrics() {
		(*to)[i] = append((*to)[i], metric.GetValue())
	}
	return nil
}

// rows compares each metric.
func (j *job) rows() []*benchpb.Row {
	var rows []*benchpb.Row
	for i, m := range j.metrics {
		interval := compare.MedianRatio(j.loopy[i], j.chttp2[i], compare.PerTest(Confidence, len(looks)))
		r := &benchpb.Row{
			Server: j.server, Workload: j.name,
			Metric: m.GetName(), Unit: m.GetUnit(), HigherIsBetter: m.GetHigherIsBetter(),
			Loopy: compare.Median(j.loopy[i]), Chttp2: compare.Median(j.chttp2[i]),
			Ratio: interval.Median, Low: interval.Low, High: interval.High,
			Verdict:      interval.Verdict(compare.Direction(m.GetHigherIsBetter())).String(),
			LoopySamples: j.loopy[i], Chttp2Samples: j.chttp2[i],
		}
		for _, other := range j.others {
			median := math.NaN()
			if other != nil {
				median = compare.Median(other[i])
			}
			r.Others = append(r.Others, median)
		}
		rows = append(rows, r)
	}
	return rows
}

func (b *bench) report(jobs []*job) *benchpb.Report {
	r := &benchpb.Report{
		SelfCheck: b.SelfCheck, ServerSessions: b.ServerSessions,
		Seconds: b.Measured.Seconds(), Confidence: Confidence,
	}
	for _, c := range b.Others {
		r.Others = append(r.Others, c.Name)
	}
	for _, j := range jobs {
		if j.failed || j.pairs() == 0 {
			continue
		}
		r.GrpcVersion = j.version
		r.Rows = append(r.Rows, j.rows()...)
	}
	return r
}

// Count returns how many rows have the verdict.
func Count(r *benchpb.Report, v compare.Verdict) int {
	n := 0
	for _, row := range r.GetRows() {
		if row.GetVerdict() == v.String() {
			n++
		}
	}
	return n
}

// Passed says whether the report shows nothing bad. After a self check that is
// that no more rows are ahead or behind than errors are likely with that
// confidence; otherwise that no row is behind.
func Passed(r *benchpb.Report) bool {
	behind := Count(r, compare.Behind)
	if r.GetSelfCheck() {
		return behind+Count(r, compare.Ahead) <= compare.MostErrors(len(r.GetRows()), r.GetConfidence())
	}
	return behind == 0
}
