// Package compare says, from pairs of measurements, whether one of two clients is
// better than the other, or that this is not known. The statistics are those of
// Go's benchstat (golang.org/x/perf/benchmath).
package compare

import (
	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"
)

// Direction says which values of a figure are good.
type Direction bool

// These are the directions.
const (
	LowerIsBetter  Direction = false
	HigherIsBetter Direction = true
)

// Verdict says what an interval shows.
type Verdict int

// These are the verdicts.
const (
	NotKnown Verdict = iota
	Ahead
	Level
	Behind
)

func (v Verdict) String() string {
	return [...]string{"not known", "ahead", "level", "behind"}[v]
}

// Margin is how far from 1 a ratio may be and still count as level.
const Margin = 0.03

// Interval is the median of some ratios and its confidence interval. The latter
// reaches to infinity if there are too few ratios for the confidence.
type Interval struct{ Median, Low, High float64 }

// MedianRatio compares figures of two clients that ran in turns: each pair of
// values ours[i], theirs[i] was measured close together, so that other load on
// the machine met both. It returns the median of the pairs' ratios ours / theirs
// with its confidence interval by order statistics (the sign test's). Nothing is
// assumed of how the ratios are distributed.
func MedianRatio(ours, theirs []float64, confidence float64) Interval {
	var ratios []float64
	for i, v := range ours {
		if theirs[i] != 0 {
			ratios = append(ratios, v/theirs[i])
		}
	}
	s := benchmath.AssumeNothing.Summary(
		benchmath.NewSample(ratios, &benchmath.DefaultThresholds), confidence)
	return Interval{Median: s.Center, Low: s.Lo, High: s.Hi}
}

// Median returns the median of values.
func Median(values []float64) float64 {
	return benchmath.AssumeNothing.Summary(
		benchmath.NewSample(values, &benchmath.DefaultThresholds), 0.5).Center
}

// Verdict compares the interval with 1. It is level if the whole interval is
// within the margin, and otherwise ahead or behind if the whole interval is on
// the good or the bad side of 1.
func (i Interval) Verdict(d Direction) Verdict {
	if i.Low >= 1/(1+Margin) && i.High <= 1+Margin {
		return Level
	}
	return i.Against(1, d)
}

// Against returns Ahead if the whole interval is on the good side of the limit or
// on it, Behind if the whole interval is on its bad side, and else NotKnown.
func (i Interval) Against(limit float64, d Direction) Verdict {
	below, above := Ahead, Behind
	if d == HigherIsBetter {
		below, above = Behind, Ahead
	}
	switch {
	case i.High < limit || i.High == limit && d == LowerIsBetter:
		return below
	case i.Low > limit || i.Low == limit && d == HigherIsBetter:
		return above
	default:
		return NotKnown
	}
}

// PerTest returns the confidence that each of `tests` tests needs, so that all of
// them are right with the confidence `all` (Bonferroni).
func PerTest(all float64, tests int) float64 {
	return 1 - (1-all)/float64(tests)
}

// MostErrors returns how many of some verdicts may be wrong: if each is right with
// this confidence, more are wrong in at most 1 % of all cases. It takes the
// verdicts as independent.
func MostErrors(verdicts int, confidence float64) int {
	errors := stats.BinomialDist{N: verdicts, P: 1 - confidence}
	most := 0
	for errors.CDF(float64(most)) < 0.99 {
		most++
	}
	return most
}
