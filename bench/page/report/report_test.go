package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"loopy/bench/page/gen/benchpb"
)

func report() *benchpb.Report {
	r := &benchpb.Report{GrpcVersion: "1.2.3", Seconds: 0.5, Confidence: 0.95, Others: []string{"ph2"}}
	add := func(workload, metric string, higher bool, low, high float64, verdict string) {
		r.Rows = append(r.Rows, &benchpb.Row{
			Server: "go", Workload: workload, Metric: metric, Unit: "us", HigherIsBetter: higher,
			Loopy: 900, Chttp2: 1000, Ratio: 0.9, Low: low, High: high, Verdict: verdict,
			LoopySamples: []float64{900, 800, 1000}, Chttp2Samples: []float64{1000, 1100, 900}, Others: []float64{77.5},
		})
	}
	for _, w := range besideUploads {
		add(w, "rate", true, 0.8, 0.95, "behind")
		add(w, "p50", false, 0.8, 0.95, "ahead")
		add(w, "p99", false, math.Inf(-1), math.Inf(1), "not known")
	}
	return r
}

// Breaks caught: a plot with the head of a file of its own; a page that needs other files; plots or
// rows that are left out.
func TestThePageHasAllPlotsAndRowsAndNeedsNoOtherFile(t *testing.T) {
	page, err := HTML(report())
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	// Two of latencies, and three of ratios: rate, p50, p99.
	if n := strings.Count(text, "<svg"); n != 5 {
		t.Errorf("%d plots", n)
	}
	for _, want := range []string{"gRPC 1.2.3", "12 figures: 4 ahead, 0 level, 4 behind", "confidence of 95&nbsp;%", "0.80 to 0.95", "77.5",
		"p99 of small calls beside uploads, to a grpc-go server"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, remote := range []string{"<script", "<link", "src=", "@import", "?xml"} {
		if strings.Contains(text, remote) {
			t.Errorf("the page has %q", remote)
		}
	}
}

// Breaks caught: a picture that no browser shows; one without its plots.
func TestThePictureIsXML(t *testing.T) {
	picture, err := Picture(report())
	if err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(strings.NewReader(string(picture)))
	for err == nil {
		_, err = decoder.Token()
	}
	if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if n := strings.Count(string(picture), "<svg"); n != 1 || !strings.Contains(string(picture), "beside_16") {
		t.Error(n)
	}
	if _, err := Picture(&benchpb.Report{}); err == nil {
		t.Error("there is a picture of nothing")
	}
}

// Breaks caught: an infinite interval drawn to infinity; a ratio outside of the
// axis.
func TestRatiosStayOnTheAxis(t *testing.T) {
	for v, want := range map[float64]float64{math.Inf(-1): 0.25, math.Inf(1): 4, 0.1: 0.25, 9: 4, 1.5: 1.5} {
		if got := clamp(v, widest); got != want {
			t.Error(v, got)
		}
	}
}

// Breaks caught: a ratio beyond the end of the narrow axis, on either side.
func TestTheAxisShowsAllRatios(t *testing.T) {
	for ratio, want := range map[float64]float64{0.49: widest, 2.1: widest, 0.5: 2, 1: 2, 2: 2} {
		if got := axisEnd([]*benchpb.Row{{Ratio: 1}, {Ratio: ratio}}); got != want {
			t.Error(ratio, got)
		}
	}
}

// Break caught: the samples' order taken for their size.
func TestQuartiles(t *testing.T) {
	if low, high := quartiles([]float64{5, 1, 3, 2, 4}); low != 2 || high != 4 {
		t.Error(low, high)
	}
}
