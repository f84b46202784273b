package compare

import (
	"math"
	"math/rand/v2"
	"testing"
)

func ratiosOver1(ratios ...float64) Interval {
	ones := make([]float64, len(ratios))
	for i := range ones {
		ones[i] = 1
	}
	return MedianRatio(ratios, ones, 0.95)
}

// Breaks caught: the ratio the wrong way round; the ratio of the medians, which is
// 3 here; the range instead of the interval.
func TestMedianRatioIsOfThePairs(t *testing.T) {
	got := MedianRatio([]float64{100, 30, 20}, []float64{10, 10, 40}, 0.95)
	if got.Median != 3 {
		t.Error(got)
	}
	got = MedianRatio([]float64{10, 20, 90}, []float64{1, 10, 30}, 0.95)
	if got.Median != 3 {
		t.Error(got)
	}
	// The table of the sign test: of 10 values the second and the ninth.
	if got := ratiosOver1(9, 1, 5, 3, 7, 2, 8, 4, 6, 10); got != (Interval{5.5, 2, 9}) {
		t.Error(got)
	}
}

// Break caught: a verdict from fewer pairs than can show anything.
func TestFewPairsShowNothing(t *testing.T) {
	if got := ratiosOver1(2, 2, 2, 2, 2); got.Verdict(LowerIsBetter) != NotKnown || !math.IsInf(got.Low, -1) {
		t.Error(got)
	}
	if got := ratiosOver1(2, 2, 2, 2, 2, 2); got.Verdict(LowerIsBetter) != Behind {
		t.Error(got)
	}
	if got := MedianRatio([]float64{1, 1, 1, 1, 1, 1}, make([]float64, 6), 0.95); got.Verdict(LowerIsBetter) != NotKnown {
		t.Error(got)
	}
}

// Breaks caught: one direction for all figures; a point estimate that decides; a
// difference within the margin that counts.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		lower     Verdict
	}{
		{0.8, 0.9, Ahead},
		{1.1, 1.2, Behind},
		{0.8, 1.1, NotKnown},
		{0.98, 1.04, NotKnown},
		{0.98, 1.02, Level},
		{1.01, 1.03, Level},
		{0.975, 0.99, Level},
		{1.01, 1.04, Behind},
		{0.96, 0.99, Ahead},
		{math.Inf(-1), 0.9, Ahead},
		{math.Inf(-1), math.Inf(1), NotKnown},
	} {
		i := Interval{Low: c.low, High: c.high}
		higher := map[Verdict]Verdict{Ahead: Behind, Behind: Ahead}
		want, ok := higher[c.lower]
		if !ok {
			want = c.lower
		}
		if i.Verdict(LowerIsBetter) != c.lower || i.Verdict(HigherIsBetter) != want {
			t.Errorf("%v: %v, %v", i, i.Verdict(LowerIsBetter), i.Verdict(HigherIsBetter))
		}
	}
}

func TestAgainstALimit(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      Verdict
	}{{0.93, 1, Ahead}, {0.9, 0.93, NotKnown}, {0.9, 0.92, Behind}, {0.9, 1, NotKnown}} {
		if got := (Interval{Low: c.low, High: c.high}).Against(0.93, HigherIsBetter); got != c.want {
			t.Error(c, got)
		}
	}
	if got := (Interval{Low: 0.5, High: 1}).Against(1, LowerIsBetter); got != Ahead {
		t.Error(got)
	}
}

// Two clients that are equal are told apart no more often than the confidence
// allows, also if they are judged again after more pairs. The seed is fixed, so
// the result is always the same. Break caught: each look with the confidence of
// the whole (more than 10 % of the looks then err).
func TestEqualClientsAreSeldomToldApart(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	looks := []int{8, 16, 32}
	wrong, trials := 0, 4000
	for range trials {
		var ours, theirs []float64
		for range looks[len(looks)-1] {
			ours = append(ours, math.Exp(0.2*random.NormFloat64()))
			theirs = append(theirs, math.Exp(0.2*random.NormFloat64()))
		}
		for _, n := range looks {
			v := MedianRatio(ours[:n], theirs[:n], PerTest(0.95, len(looks))).Verdict(LowerIsBetter)
			if v == Ahead || v == Behind {
				wrong++
				break
			}
		}
	}
	if share := float64(wrong) / float64(trials); share > 0.05 || share < 0.005 {
		t.Errorf("%.3f of equal clients are told apart", share)
	}
}

// Breaks caught: the tail at the wrong end; the confidence taken for the share of
// errors. The values are the binomial distribution's.
func TestMostErrors(t *testing.T) {
	for verdicts, want := range map[int]int{0: 0, 1: 1, 10: 3, 100: 11} {
		if got := MostErrors(verdicts, 0.95); got != want {
			t.Errorf("%d of %d", got, verdicts)
		}
	}
}
