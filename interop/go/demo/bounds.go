package demo

import (
	"fmt"
	"math"
	"slices"

	"loopy/interop/compare"
	"loopy/interop/gen/scenariopb"
)

// loopy has to keep these bounds.
const (
	deadlineSlackMs = 50
	blockedMs       = 10
	failedMs        = 50
	lingerMs        = 1000 // loopy.goaway_timeout_ms by default
	goneSlackMs     = 100
	cancelledMs     = 50
	goAwayDebugData = "client transport shutdown"
	// The heap may grow by this much for each call that ended in a stall. With
	// --quick there are so few calls that other activity of the process shows.
	maxKbPerCall      = 0.1
	maxQuickKbPerCall = 1

	minBulkRatio   = 0.93 // of chttp2's throughput
	maxGrowth      = 1.5  // paced p50 with 16 bulk streams, of that with 1
	grossLatency   = 0.5  // with --quick, of chttp2's paced p50 with 16
	grossBulkRatio = 0.5
)

// The small calls' latency may be at most this part of chttp2's.
var maxLatencyRatio = []struct {
	paced    bool
	bulk     uint32
	p50, p99 float64
	name     [2]string
}{
	{paced: true, bulk: 0}, // it may be no worse
	{true, 4, 1. / 2, 3. / 4, [2]string{"1/2", "3/4"}},
	{true, 16, 1. / 8, 1. / 5, [2]string{"1/8", "1/5"}},
	{paced: false, bulk: 0},
	{false, 4, 2. / 3, 3. / 4, [2]string{"2/3", "3/4"}},
	{false, 16, 1. / 4, 1. / 2, [2]string{"1/4", "1/2"}},
}

// judge compares loopy's figures with its bounds. A client that was not to run (--clients)
// gives no bound. One that was, and whose figure is missing, gives one that is missed.
func judge(r *scenariopb.DemoReport) []*scenariopb.Bound {
	j := &judgement{report: r}
	j.stalls()
	if j.median(Loopy, true, 0) == nil { // d runs in whole rounds, or stops
		j.missing("d")
		return j.bounds
	}
	j.fairness()
	if r.GetQuick() {
		j.gross()
	}
	return j.bounds
}

type judgement struct {
	report *scenariopb.DemoReport
	bounds []*scenariopb.Bound
}

func (j *judgement) add(decides, kept bool, figure, wanted, measured string) {
	j.bounds = append(j.bounds, &scenariopb.Bound{
		Figure: figure, Wanted: wanted, Measured: measured, Kept: kept, Decides: decides,
	})
}

func (j *judgement) within(figure string, measured, least, most float64) {
	wanted := fmt.Sprintf("%g to %g ms", least, most)
	if least == 0 {
		wanted = fmt.Sprintf("below %g ms", most)
	}
	kept := measured >= least && (measured < most || least > 0 && measured == most)
	j.add(true, kept, figure, wanted, fmt.Sprintf("%.1f ms", measured))
}

func (j *judgement) is(figure, wanted, measured string) {
	j.add(true, wanted == measured, figure, wanted, measured)
}

// stalls judges a, b, c, e and f.
func (j *judgement) stalls() {
	if a := find(j.report, Loopy, "a").GetDeadline(); a == nil {
		j.missing("a")
	} else {
		j.within("a: the call ended", a.GetEndedMs(), a.GetDeadlineMs(), a.GetDeadlineMs()+deadlineSlackMs)
		j.is("a: its status", "DEADLINE_EXCEEDED", a.GetCode())
	}
	if b := find(j.report, Loopy, "b").GetClose(); b == nil {
		j.missing("b")
	} else {
		j.within("b: the caller was blocked", b.GetCallerBlockedMs(), 0, blockedMs)
		j.within("b: the calls had failed", b.GetCallsFailedMs(), 0, failedMs)
		j.within("b: the socket was gone", b.GetSocketGoneMs(), 0, lingerMs+goneSlackMs)
	}
	if c := find(j.report, Loopy, "c").GetLinger(); c == nil {
		j.missing("c")
	} else {
		j.is("c: the GOAWAY", "last frame, nothing after it", lastFrame(c))
		j.is("c: it says", fmt.Sprintf("last-stream-id 0, code 0, %q", goAwayDebugData),
			fmt.Sprintf("last-stream-id %d, code %d, %q", c.GetLastStreamId(), c.GetErrorCode(), c.GetDebugData()))
	}
	if e := find(j.report, Loopy, "e").GetCancel(); e == nil {
		j.missing("e")
	} else {
		j.within("e: the cancelled calls had ended", e.GetEndedMs(), 0, cancelledMs)
		j.is("e: their status", "CANCELLED", e.GetCode())
	}
	if f := find(j.report, Loopy, "f").GetMemory(); f == nil {
		j.missing("f")
	} else {
		most := heapBound(j.report)
		j.add(true, f.GetHeapKbPerCall() < most, "f: the heap grew", fmt.Sprintf("below %g KB a call", most),
			fmt.Sprintf("%.3f KB a call", f.GetHeapKbPerCall()))
		j.is("f: the next call", "OK", f.GetNextCallCode())
	}
}

func heapBound(r *scenariopb.DemoReport) float64 {
	if r.GetQuick() {
		return maxQuickKbPerCall
	}
	return maxKbPerCall
}

func (j *judgement) missing(scenario string) {
	j.add(true, false, scenario, "a result", "none")
}

func lastFrame(c *scenariopb.LingerResult) string {
	switch {
	case !c.GetGoawaySeen():
		return "none seen"
	case !c.GetGoawayWasLastFrame():
		return "not the last frame"
	case c.GetTrailingBytes() != 0:
		return fmt.Sprintf("last frame, %d bytes after it", c.GetTrailingBytes())
	default:
		return "last frame, nothing after it"
	}
}

// fairness judges d. A bound on a figure that was not measured is missed.
func (j *judgement) fairness() {
	decides := !j.report.GetQuick()
	for _, b := range maxLatencyRatio {
		mine, theirs, gos := j.median(Loopy, b.paced, b.bulk), j.median(Chttp2, b.paced, b.bulk), j.median(GrpcGo, b.paced, b.bulk)
		where := rowName(b.paced, b.bulk)
		for _, f := range []struct {
			name  string
			get   func(*scenariopb.FairnessResult) float64
			ratio float64
			words string
		}{
			{"p50", (*scenariopb.FairnessResult).GetP50Ms, b.p50, b.name[0]},
			{"p99", (*scenariopb.FairnessResult).GetP99Ms, b.p99, b.name[1]},
		} {
			if b.bulk == 0 {
				j.noWorse(decides, where+": "+f.name, j.pairedRatio(b.paced, b.bulk, f.name), f.get(mine), f.get(theirs))
				continue
			}
			if j.ran(Chttp2) {
				j.ratio(decides, where+": "+f.name, f.get(mine), f.get(theirs), f.ratio, f.words+" of chttp2's")
			}
			if j.ran(GrpcGo) {
				got, limit := f.get(mine), f.get(gos)
				j.add(decides, got > 0 && got < limit, where+": "+f.name,
					fmt.Sprintf("below grpc-go's %.2f ms", limit), fmt.Sprintf("%.2f ms", got))
			}
		}
	}
	j.ratio(decides, rowName(true, 16)+": p50", j.median(Loopy, true, 16).GetP50Ms(),
		j.median(Loopy, true, 1).GetP50Ms(), maxGrowth, "1.5 times that with 1")
	for _, paced := range []bool{true, false} {
		for _, bulk := range bulkStreams[1:] {
			j.throughput(decides, "", paced, bulk, minBulkRatio)
		}
	}
}

// gross judges the bounds that even single short runs of d have to keep.
func (j *judgement) gross() {
	if j.ran(Chttp2) {
		j.ratio(true, "gross, "+rowName(true, 16)+": p50", j.median(Loopy, true, 16).GetP50Ms(),
			j.median(Chttp2, true, 16).GetP50Ms(), grossLatency, "half of chttp2's")
	}
	j.throughput(true, "gross, ", true, 16, grossBulkRatio)
	j.throughput(true, "gross, ", false, 16, grossBulkRatio)
}

// ratio wants mine to be at most a part of other, in milliseconds.
func (j *judgement) ratio(decides bool, figure string, mine, other, most float64, words string) {
	j.add(decides, mine > 0 && other > 0 && mine <= other*most, figure,
		fmt.Sprintf("at most %.2f ms (%s)", other*most, words), fmt.Sprintf("%.2f ms", mine))
}

// noWorse wants loopy's latency to be no worse than chttp2's. A difference that the
// pairs do not show is not known, and neither kept nor missed.
func (j *judgement) noWorse(decides bool, figure string, r *scenariopb.PairedRatio, mine, theirs float64) {
	if !j.ran(Chttp2) {
		return
	}
	j.paired(decides, interval(r).Verdict(compare.LowerIsBetter), figure, r,
		fmt.Sprintf("at most %.2f ms (chttp2's, within %g %%)", theirs, 100*compare.Margin), fmt.Sprintf("%.2f ms", mine))
}

// throughput wants loopy's throughput to be a part of chttp2's. If the medians keep
// the bound, so does loopy; otherwise the pairs decide.
func (j *judgement) throughput(decides bool, prefix string, paced bool, bulk uint32, least float64) {
	if !j.ran(Chttp2) {
		return
	}
	mine, theirs := j.median(Loopy, paced, bulk).GetBulkMbPerS(), j.median(Chttp2, paced, bulk).GetBulkMbPerS()
	figure := prefix + rowName(paced, bulk) + ": bulk"
	wanted := fmt.Sprintf("at least %.0f MB/s (%g of chttp2's)", theirs*least, least)
	measured := fmt.Sprintf("%.0f MB/s", mine)
	r := j.pairedRatio(paced, bulk, "bulk")
	if kept := mine > 0 && theirs > 0 && mine >= theirs*least; kept || r.GetPairs() < pairsWanted {
		j.add(decides, kept, figure, wanted, measured)
		return
	}
	j.paired(decides, interval(r).Against(least, compare.HigherIsBetter), figure, r, wanted, measured)
}

// paired adds a bound that pairs decide. A ratio that was not measured is missed.
func (j *judgement) paired(decides bool, v compare.Verdict, figure string, r *scenariopb.PairedRatio, wanted, measured string) {
	measured += fmt.Sprintf("; ratio %.3f", r.GetRatio())
	if i := interval(r); !math.IsInf(i.Low, 0) && !math.IsInf(i.High, 0) {
		measured += fmt.Sprintf(" (%.2f to %.2f in %d pairs)", i.Low, i.High, r.GetPairs())
	}
	j.add(decides, r != nil && (v == compare.Ahead || v == compare.Level), figure, wanted, measured)
	j.bounds[len(j.bounds)-1].NotKnown = r != nil && v == compare.NotKnown
}

// Missed says whether the demo fails because of this bound.
func Missed(b *scenariopb.Bound) bool {
	return b.GetDecides() && !b.GetKept() && !b.GetNotKnown()
}

// ran says whether the client was to run.
func (j *judgement) ran(client string) bool {
	return slices.Contains(j.report.GetClients(), client)
}

func (j *judgement) pairedRatio(paced bool, bulk uint32, figure string) *scenariopb.PairedRatio {
	for _, r := range j.report.GetRatios() {
		if r.GetPaced() == paced && r.GetBulkStreams() == bulk && r.GetFigure() == figure {
			return r
		}
	}
	return nil
}

func (j *judgement) median(client string, paced bool, bulk uint32) *scenariopb.FairnessResult {
	return findMedian(j.report, client, paced, bulk)
}

func rowName(paced bool, bulk uint32) string {
	return fmt.Sprintf("d: %s, %d bulk", paceName(paced), bulk)
}

func find(r *scenariopb.DemoReport, client, scenario string) *scenariopb.ScenarioResult {
	for _, s := range r.GetStalls() {
		if s.GetScenario() == scenario && s.GetResult().GetClient() == client {
			return s.GetResult()
		}
	}
	return nil
}

func findMedian(r *scenariopb.DemoReport, client string, paced bool, bulk uint32) *scenariopb.FairnessResult {
	for _, f := range r.GetFairness() {
		if f.GetClient() == client && f.GetPaced() == paced && f.GetMedian().GetBulkStreams() == bulk {
			return f.GetMedian()
		}
	}
	return nil
}
