package demo

import (
	"math"
	"math/rand/v2"

	"loopy/interop/compare"
	"loopy/interop/gen/scenariopb"
)

// These set how the bounds are judged that want loopy to be no worse than chttp2,
// or nearly as good.
const (
	pairsWanted = 16
	// So sure is the demo that none of these bounds is said to be missed while it
	// is kept.
	pairsConfidence = 0.99
	pairedBounds    = 10 // p50 and p99 without uploads, the MB/s with some
)

// pairedFigures are the figures that pairs are compared by.
var pairedFigures = []struct {
	name string
	get  func(*scenariopb.FairnessResult) float64
}{
	{"p50", (*scenariopb.FairnessResult).GetP50Ms},
	{"p99", (*scenariopb.FairnessResult).GetP99Ms},
	{"bulk", (*scenariopb.FairnessResult).GetBulkMbPerS},
}

// runPairs measures loopy and chttp2 in turns, where a few runs cannot tell whether
// loopy is worse: small calls alone, and uploads whose MB/s are below their bound.
func (d *demo) runPairs() {
	for _, paced := range []bool{true, false} {
		for _, bulk := range bulkStreams {
			loopy, chttp2 := fairnessKey{Loopy, paced, bulk}, fairnessKey{Chttp2, paced, bulk}
			first, second := d.fairness[loopy], d.fairness[chttp2]
			if len(first) == 0 || len(first) != len(second) {
				continue // one of them failed, or is not wanted
			}
			d.pairs[loopy], d.pairs[chttp2] = first, second
			enough := bulk > 0 && medians(first).GetBulkMbPerS() >= minBulkRatio*medians(second).GetBulkMbPerS()
			if d.Quick || enough {
				continue
			}
			// The first runs are no pairs by chance, and may be here because they are bad.
			d.pairs[loopy], d.pairs[chttp2] = nil, nil
			d.logf("d. small calls beside %d bulk uploads, %s: up to %d pairs of loopy and chttp2",
				bulk, paceName(paced), pairsWanted)
			for d.runPair(loopy, chttp2) {
			}
		}
	}
}

// runPair runs the clients once each, one of them first by chance. If a set order
// took turns, load that lasts for a few runs would make neighbouring pairs alike.
// It returns false if there are enough pairs or a run failed.
func (d *demo) runPair(a, b fairnessKey) bool {
	if len(d.pairs[a]) >= pairsWanted {
		return false
	}
	if rand.IntN(2) == 1 {
		a, b = b, a
	}
	results := map[fairnessKey]*scenariopb.FairnessResult{}
	for _, key := range []fairnessKey{a, b} {
		for _, c := range d.clients {
			if c.name == key.client {
				results[key] = d.runFairnessOnce(c, key, pairMeasured)
			}
		}
		if results[key] == nil {
			return false
		}
	}
	for key, r := range results {
		d.pairs[key] = append(d.pairs[key], r)
	}
	return true
}

// ratios compares loopy with chttp2 by the pairs.
func (d *demo) ratios() []*scenariopb.PairedRatio {
	var all []*scenariopb.PairedRatio
	for _, paced := range []bool{true, false} {
		for _, bulk := range bulkStreams {
			loopy, chttp2 := d.pairs[fairnessKey{Loopy, paced, bulk}], d.pairs[fairnessKey{Chttp2, paced, bulk}]
			for _, f := range pairedFigures {
				if len(loopy) == 0 || f.name == "bulk" && bulk == 0 {
					continue
				}
				i := compare.MedianRatio(values(loopy, f.get), values(chttp2, f.get),
					compare.PerTest(pairsConfidence, pairedBounds))
				all = append(all, &scenariopb.PairedRatio{
					Paced: paced, BulkStreams: bulk, Figure: f.name,
					Ratio: i.Median, Low: i.Low, High: i.High, Pairs: uint32(len(loopy)),
				})
			}
		}
	}
	return all
}

func interval(r *scenariopb.PairedRatio) compare.Interval {
	if r == nil {
		return compare.Interval{Low: math.Inf(-1), High: math.Inf(1)}
	}
	return compare.Interval{Median: r.GetRatio(), Low: r.GetLow(), High: r.GetHigh()}
}

func values(runs []*scenariopb.FairnessResult, get func(*scenariopb.FairnessResult) float64) []float64 {
	var all []float64
	for _, r := range runs {
		all = append(all, get(r))
	}
	return all
}
