package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"loopy/bench/page/gen/benchpb"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"value": value, "interval": interval,
	"percent": func(share float64) float64 { return 100 * share },
}).Parse(pageText))

// groups are the plots of ratios. Rates and throughputs share one, since both are
// better if higher.
var groups = []struct {
	title   string
	metrics []string
}{
	{"Calls, messages or MB a second", []string{"rate", "throughput"}},
	{"Latency, median", []string{"p50"}},
	{"Latency, 99th percentile", []string{"p99"}},
	{"CPU time of the client", []string{"cpu"}},
	{"Heap of the client", []string{"heap", "stream", "connection"}},
}

// The size of a plot, in points.
const (
	plotWidth  = vg.Length(560)
	rowHeight  = vg.Length(15)
	plotMargin = vg.Length(90)
)

func ofMetrics(r *benchpb.Report, metrics []string, wanted func(*benchpb.Row) bool) []*benchpb.Row {
	var rows []*benchpb.Row
	for _, row := range r.GetRows() {
		if slices.Contains(metrics, row.GetMetric()) && wanted(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// HTML returns the report as a page that needs no other file.
func HTML(r *benchpb.Report) ([]byte, error) {
	page := struct {
		Report    *benchpb.Report
		Counts    map[string]int
		Latencies []template.HTML
		Ratios    []template.HTML
	}{Report: r, Counts: map[string]int{}}
	for _, row := range r.GetRows() {
		page.Counts[row.GetVerdict()]++
	}
	for _, server := range []string{"cpp", "go"} {
		for _, metric := range []string{"p50", "p99"} {
			p, err := latencies(r, server, metric)
			if err != nil {
				return nil, err
			}
			if p == nil {
				continue
			}
			text, err := inline(p, plotWidth, 300)
			if err != nil {
				return nil, err
			}
			page.Latencies = append(page.Latencies, text)
		}
	}
	for _, g := range groups {
		for _, server := range []string{"cpp", "go"} {
			rows := ofMetrics(r, g.metrics, func(row *benchpb.Row) bool { return row.GetServer() == server })
			if len(rows) == 0 {
				continue
			}
			p, err := ratios(g.title+", to "+serverName(server), rows)
			if err != nil {
				return nil, err
			}
			text, err := inline(p, plotWidth, plotMargin+rowHeight*vg.Length(len(rows)))
			if err != nil {
				return nil, err
			}
			page.Ratios = append(page.Ratios, text)
		}
	}
	var out bytes.Buffer
	err := pageTemplate.Execute(&out, page)
	return out.Bytes(), err
}

// inline draws a plot for a place inside a page.
func inline(p *plot.Plot, width, height vg.Length) (template.HTML, error) {
	text, err := svg(width, height, p.Draw)
	if err != nil {
		return "", err
	}
	return template.HTML(text[bytes.Index(text, []byte("<svg")):]), nil
}

// Picture returns the main figures as one SVG picture: how the latency of small
// calls grows with uploads, and the ratios of a few workloads.
func Picture(r *benchpb.Report) ([]byte, error) {
	main := []string{"unary_1", "unary_64", "threads_8", "threads_64", "ping_pong_1", "ping_pong_16", "stream_1",
		"stream_8", "stream_1m_1", "echo_64k", "echo_1m", "upload_64k", "upload_1m", "beside_1", "beside_16"}
	var plots []*plot.Plot
	p, err := latencies(r, "go", "p50")
	if err != nil {
		return nil, err
	}
	if p != nil {
		plots = append(plots, p)
	}
	rates := ofMetrics(r, groups[0].metrics, func(row *benchpb.Row) bool {
		return row.GetServer() == "go" && slices.Contains(main, row.GetWorkload())
	})
	if len(rates) > 0 {
		p, err := ratios(groups[0].title+", to "+serverName("go"), rates)
		if err != nil {
			return nil, err
		}
		plots = append(plots, p)
	}
	if len(plots) == 0 {
		return nil, fmt.Errorf("the report has none of the main workloads with a grpc-go server")
	}
	width := vg.Length(420)
	return svg(width*vg.Length(len(plots)), 320, func(c draw.Canvas) {
		tiles := draw.Tiles{Rows: 1, Cols: len(plots), PadX: vg.Points(14), PadTop: vg.Points(4), PadLeft: vg.Points(4), PadRight: vg.Points(8)}
		for i, p := range plots {
			p.Draw(tiles.At(c, i, 0))
		}
	})
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

func interval(row *benchpb.Row) string {
	if math.IsInf(row.GetLow(), 0) || math.IsInf(row.GetHigh(), 0) {
		return "–"
	}
	return fmt.Sprintf("%.2f to %.2f", row.GetLow(), row.GetHigh())
}
