package soak

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"loopy/interop/gen/soakpb"
)

// So many failures of a kind are shown.
const shownFailures = 5

// WriteTable prints the report for people.
func WriteTable(w io.Writer, r *soakpb.SoakReport) {
	c := r.GetClient()
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	row := func(name string, format string, args ...any) {
		fmt.Fprintf(t, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	row("client", "%s, %.0f s", c.GetClient(), c.GetSeconds())
	row("servers", "%d graceful stops, %d abrupt ones, %d stalls, %d GOAWAYs, %d RST_STREAMs",
		r.GetGracefulStops(), r.GetAbruptStops(), r.GetStalls(), r.GetGoaways(), r.GetResets())
	row("calls", "%d, of these %d to be cancelled; %d ran, with %d retries by policy",
		c.GetCalls(), c.GetCancels(), r.GetServed(), r.GetRetries())
	for _, code := range slices.Sorted(maps.Keys(c.GetStatuses())) {
		row("  "+code, "%d", c.GetStatuses()[code])
	}
	row("latest end", "%.0f ms after its deadline or cancel", c.GetLatestMs())
	row("UNAVAILABLE, lost with a server", "%d", r.GetLostWithServer())
	row("UNAVAILABLE, refused twice", "%d", r.GetRefusedTwice())
	row("hangs", "%d (wanted 0)", c.GetHangs())
	row("failures that a retry could have saved", "%d (wanted 0)", len(r.GetSaveable()))
	row("statuses that nobody asked for", "%d (wanted 0)", len(r.GetUnexpected()))
	row("calls that ran twice and may not", "%d (wanted 0)", len(r.GetRunTwice()))
	memory := func(name string, begin, end *soakpb.SoakMemory) {
		row(name, "heap %.1f MB, then %.1f MB; resident %.1f MB, then %.1f MB",
			begin.GetHeapMb(), end.GetHeapMb(), begin.GetResidentMb(), end.GetResidentMb())
	}
	memory("memory of the client", c.GetMemoryBegin(), c.GetMemoryEnd())
	memory("memory of the servers", r.GetServerMemoryBegin(), r.GetServerMemoryEnd())
	t.Flush()
	for _, f := range slices.Concat(first(r.GetSaveable()), first(r.GetUnexpected())) {
		fmt.Fprintf(w, "  call %d, %s, %s, ran %.1f ms, %.1f ms after a stop: %s: %s\n", f.GetId(), f.GetMethod(),
			f.GetPeer(), float64(f.GetEndedUs()-f.GetBeganUs())/1000, f.GetMsAfterStop(), f.GetCode(), f.GetMessage())
	}
	for _, p := range r.GetProblems() {
		fmt.Fprintf(w, "FAILED: %s\n", p)
	}
}

func first(failures []*soakpb.SoakFailure) []*soakpb.SoakFailure {
	return failures[:min(len(failures), shownFailures)]
}
