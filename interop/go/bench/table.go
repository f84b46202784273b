package bench

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"loopy/interop/compare"
	"loopy/interop/gen/benchpb"
)

// WriteTable prints the report for people, with a line for each row.
func WriteTable(w io.Writer, r *benchpb.Report) {
	title := "loopy beside chttp2"
	if r.GetSelfCheck() {
		title = "SELF CHECK: chttp2 in both columns"
	}
	fmt.Fprintf(w, "%s, gRPC %s; medians of runs of %g s, in turns.\n", title, r.GetGrpcVersion(), r.GetSeconds())
	if r.GetServerSessions() {
		fmt.Fprintln(w, "Each server had a session of its own.")
	}
	fmt.Fprintf(w, "ratio: the median of the pairs' loopy / chttp2, and its interval with %g %% confidence.\n", 100*r.GetConfidence())
	fmt.Fprintf(w, "level: all of the interval is within %g %% of 1; else ahead or behind: all of it is better or worse than 1.\n\n", 100*compare.Margin)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "to\tworkload\tmetric\tunit\tloopy\tchttp2\tratio\tinterval\tpairs\tverdict\t")
	for _, name := range r.GetOthers() {
		fmt.Fprint(t, name, "\t")
	}
	fmt.Fprintln(t)
	for i, row := range r.GetRows() {
		if i > 0 && row.GetWorkload() != r.GetRows()[i-1].GetWorkload() {
			fmt.Fprintln(t, strings.Repeat("\t", 10+len(r.GetOthers())))
		}
		writeRow(t, row)
	}
	t.Flush()
	fmt.Fprintf(w, "\n%d rows: %d ahead, %d level, %d behind, %d not known\n", len(r.GetRows()),
		Count(r, compare.Ahead), Count(r, compare.Level), Count(r, compare.Behind), Count(r, compare.NotKnown))
}

func writeRow(t io.Writer, row *benchpb.Row) {
	verdict := row.GetVerdict()
	if verdict == compare.Behind.String() {
		verdict = "BEHIND"
	}
	better := "<"
	if row.GetHigherIsBetter() {
		better = ">"
	}
	fmt.Fprintf(t, "%s\t%s\t%s\t%s %s\t%s\t%s\t%.3f\t%s\t%d\t%s\t", row.GetServer(), row.GetWorkload(),
		row.GetMetric(), row.GetUnit(), better, value(row.GetLoopy()), value(row.GetChttp2()), row.GetRatio(),
		interval(row), len(row.GetChttp2Samples()), verdict)
	for _, v := range row.GetOthers() {
		fmt.Fprint(t, value(v), "\t")
	}
	fmt.Fprintln(t)
}

func interval(row *benchpb.Row) string {
	if math.IsInf(row.GetLow(), 0) || math.IsInf(row.GetHigh(), 0) {
		return "-"
	}
	return fmt.Sprintf("%.2f..%.2f", row.GetLow(), row.GetHigh())
}

// value writes enough digits to show a difference of a percent.
func value(v float64) string {
	switch {
	case math.IsNaN(v):
		return "-"
	case v < 10:
		return fmt.Sprintf("%.3f", v)
	case v < 1000:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}
