package demo

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"loopy/interop/gen/scenariopb"
)

// WriteTable prints the report for people.
func WriteTable(w io.Writer, r *scenariopb.DemoReport) {
	fmt.Fprintf(w, "A grpc-go server stops reading for %g s; times in ms from the call, the close or the cancel.\n\n",
		float64(r.GetStallMs())/1000)
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	writeStalls(t, r)
	t.Flush()

	fmt.Fprintf(w, "\nd  Small calls one by one beside bulk uploads on one connection: p50 / p99 in ms, bulk MB/s.\n")
	if n := r.GetFairnessRuns(); n > 1 {
		fmt.Fprintf(w, "   Medians of %d runs, a fresh server each.", n)
	} else {
		fmt.Fprint(w, "   Single short runs, a fresh server each: too noisy to decide but for gross misses.")
	}
	fmt.Fprint(w, " Paced: the server reads 100 MB/s through a 64 KiB receive buffer.\n")
	if n := len(r.GetClients()) - int(r.GetOtherClients()); r.GetOtherClients() > 0 && !r.GetQuick() {
		fmt.Fprintf(w, "   Single runs: %s.\n", strings.Join(r.GetClients()[n:], ", "))
	}
	fmt.Fprintln(w)
	t = tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	writeFairness(t, r)
	t.Flush()

	if len(r.GetBounds()) > 0 {
		fmt.Fprint(w, "\nBounds of loopy\n\n")
		t = tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
		writeBounds(t, r)
		t.Flush()
	}
}

func row(t io.Writer, cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(t, "\t")
		}
		fmt.Fprint(t, c)
	}
	fmt.Fprintln(t)
}

// writeStalls prints a, b, c, e and f, a column for each client.
func writeStalls(t io.Writer, r *scenariopb.DemoReport) {
	header := []any{""}
	for _, client := range r.GetClients() {
		header = append(header, client)
	}
	row(t, append(header, "loopy's bound")...)
	line := func(title, scenario, bound string, cell func(*scenariopb.ScenarioResult) string) {
		cells := []any{title}
		for _, client := range r.GetClients() {
			if result := find(r, client, scenario); result != nil {
				cells = append(cells, cell(result))
			} else {
				cells = append(cells, "-")
			}
		}
		row(t, append(cells, bound)...)
	}
	line("a  64 MiB call, deadline 2000 ms: ended after", "a", fmt.Sprintf("2000 to %d", 2000+deadlineSlackMs),
		func(s *scenariopb.ScenarioResult) string { return ms(s.GetDeadline().GetEndedMs()) })
	line("     its status", "a", "DEADLINE_EXCEEDED",
		func(s *scenariopb.ScenarioResult) string { return s.GetDeadline().GetCode() })
	line("b  channel closed, write stuck: caller blocked", "b", fmt.Sprintf("below %d", blockedMs),
		func(s *scenariopb.ScenarioResult) string { return ms(s.GetClose().GetCallerBlockedMs()) })
	line("     its 4 calls failed after", "b", fmt.Sprintf("below %d", failedMs),
		func(s *scenariopb.ScenarioResult) string { return ms(s.GetClose().GetCallsFailedMs()) })
	line("     their status", "b", "",
		func(s *scenariopb.ScenarioResult) string { return s.GetClose().GetCode() })
	line("     its socket was gone after", "b", fmt.Sprintf("below %d", lingerMs+goneSlackMs),
		func(s *scenariopb.ScenarioResult) string { return ms(s.GetClose().GetSocketGoneMs()) })
	line("c  ... server reads again: GOAWAY seen", "c", "last frame, nothing after it",
		func(s *scenariopb.ScenarioResult) string { return lastFrame(s.GetLinger()) })
	line("     its last-stream-id, code", "c", "0, 0", func(s *scenariopb.ScenarioResult) string {
		if !s.GetLinger().GetGoawaySeen() {
			return "-"
		}
		return fmt.Sprintf("%d, %d", s.GetLinger().GetLastStreamId(), s.GetLinger().GetErrorCode())
	})
	line("e  4 stuck uploads cancelled: ended after", "e", fmt.Sprintf("below %d", cancelledMs),
		func(s *scenariopb.ScenarioResult) string { return ms(s.GetCancel().GetEndedMs()) })
	memory := func(cell func(*scenariopb.MemoryResult) string) func(*scenariopb.ScenarioResult) string {
		return func(s *scenariopb.ScenarioResult) string { return cell(s.GetMemory()) }
	}
	line(fmt.Sprintf("f  calls end for %g s, write stuck: heap grew by, KB a call", float64(r.GetMemoryStallMs())/1000),
		"f", fmt.Sprintf("below %g", heapBound(r)),
		memory(func(m *scenariopb.MemoryResult) string { return fmt.Sprintf("%.2f", m.GetHeapKbPerCall()) }))
	line("     resident memory, KB a call", "f", "",
		memory(func(m *scenariopb.MemoryResult) string { return fmt.Sprintf("%.2f", m.GetRssKbPerCall()) }))
	line("     calls that ended", "f", "",
		memory(func(m *scenariopb.MemoryResult) string { return fmt.Sprint(m.GetCalls()) }))
	line("     server reads again: the next call", "f", "OK",
		memory(func(m *scenariopb.MemoryResult) string {
			return fmt.Sprintf("%s, %s ms", m.GetNextCallCode(), ms(m.GetNextCallMs()))
		}))
}

func writeFairness(t io.Writer, r *scenariopb.DemoReport) {
	header := []any{"", "bulk"}
	for _, client := range r.GetClients() {
		header = append(header, client)
	}
	row(t, header...)
	for _, paced := range []bool{true, false} {
		for _, bulk := range bulkStreams {
			cells := []any{"   " + paceName(paced), bulk}
			for _, client := range r.GetClients() {
				f := findMedian(r, client, paced, bulk)
				switch {
				case f == nil:
					cells = append(cells, "-")
				case bulk == 0:
					cells = append(cells, fmt.Sprintf("%.2f / %.2f", f.GetP50Ms(), f.GetP99Ms()))
				default:
					cells = append(cells, fmt.Sprintf("%.1f / %.1f, %.0f", f.GetP50Ms(), f.GetP99Ms(), f.GetBulkMbPerS()))
				}
			}
			row(t, cells...)
		}
	}
}

func writeBounds(t io.Writer, r *scenariopb.DemoReport) {
	row(t, "", "figure", "wanted", "measured")
	for _, b := range r.GetBounds() {
		verdict := "   kept"
		switch {
		case Missed(b):
			verdict = "   MISSED"
		case b.GetNotKnown():
			verdict = "   not known"
		case !b.GetKept():
			verdict = "   missed, does not decide"
		}
		row(t, verdict, b.GetFigure(), b.GetWanted(), b.GetMeasured())
	}
}

func ms(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
