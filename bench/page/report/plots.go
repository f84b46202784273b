// Package report draws a report of the benchmarks.
package report

import (
	"bytes"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"loopy/bench/page/gen/benchpb"
)

// widest is the widest axis of ratios. Ratios outside of it are drawn at its edge.
const widest = 4

var (
	verdictColors = map[string]color.Color{
		"ahead":     color.RGBA{0x1a, 0x7f, 0x37, 0xff},
		"level":     color.RGBA{0x1f, 0x5f, 0xbf, 0xff},
		"behind":    color.RGBA{0xc6, 0x28, 0x28, 0xff},
		"not known": color.RGBA{0x9a, 0x9a, 0x9a, 0xff},
	}
	verdicts   = []string{"ahead", "level", "behind", "not known"}
	goodShade  = color.RGBA{0xe8, 0xf4, 0xea, 0xff}
	loopyColor = color.RGBA{0x1a, 0x7f, 0x37, 0xff}
	otherColor = color.RGBA{0xb3, 0x5c, 0x00, 0xff}
	grid       = color.RGBA{0xdd, 0xdd, 0xdd, 0xff}
)

// newPlot returns a plot in a font that every browser has.
func newPlot(title string) *plot.Plot {
	p := plot.New()
	for _, style := range []*draw.TextStyle{
		&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle,
		&p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle,
	} {
		style.Font.Variant = "Sans"
		style.Font.Size = font.Length(11)
	}
	p.Title.Text = title
	p.Title.TextStyle.Font.Size = font.Length(13)
	p.Title.Padding = vg.Points(6)
	return p
}

func svg(width, height vg.Length, drawInto func(draw.Canvas)) ([]byte, error) {
	c := vgsvg.New(width, height)
	drawInto(draw.New(c))
	var out bytes.Buffer
	if _, err := c.WriteTo(&out); err != nil {
		return nil, err
	}
	// Readers without the font get one of the same widths.
	return bytes.ReplaceAll(out.Bytes(), []byte("font-family:Liberation Sans"),
		[]byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif")), nil
}

// ratios plots the ratio of each row with its interval, one row below the other.
// The same side is good for all of them.
func ratios(title string, rows []*benchpb.Row) (*plot.Plot, error) {
	p := newPlot(title)
	most := axisEnd(rows)
	p.X.Min, p.X.Max = 1/most, most
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = constantTicks{0.25, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 4}
	if most == widest {
		p.X.Tick.Marker = constantTicks{0.25, 0.5, 0.8, 1, 1.25, 2, 4}
	}
	p.X.Label.Text = "loopy / chttp2; the green side is the good one"
	p.Y.Min, p.Y.Max = -0.7, float64(len(rows))-0.3
	names := make([]string, len(rows))
	for i, row := range rows {
		names[len(rows)-1-i] = rowName(row, rows)
	}
	p.NominalY(names...)
	p.Y.Tick.Length = 0
	p.Y.LineStyle.Width = 0

	low, high := 1/most, 1.
	if rows[0].GetHigherIsBetter() {
		low, high = 1, most
	}
	good, err := plotter.NewPolygon(plotter.XYs{
		{X: low, Y: p.Y.Min}, {X: high, Y: p.Y.Min}, {X: high, Y: p.Y.Max}, {X: low, Y: p.Y.Max}})
	if err != nil {
		return nil, err
	}
	good.Color, good.LineStyle.Width = goodShade, 0
	one, err := plotter.NewLine(plotter.XYs{{X: 1, Y: p.Y.Min}, {X: 1, Y: p.Y.Max}})
	if err != nil {
		return nil, err
	}
	p.Add(good, one)
	for _, verdict := range verdicts {
		if err := addVerdict(p, rows, verdict, most); err != nil {
			return nil, err
		}
	}
	p.Legend.Top = true
	p.Legend.Padding = vg.Points(3)
	return p, nil
}

// rowName tells a row from the others of a plot.
func rowName(row *benchpb.Row, rows []*benchpb.Row) string {
	for _, other := range rows {
		if other != row && other.GetWorkload() == row.GetWorkload() {
			return row.GetWorkload() + ": " + row.GetMetric()
		}
	}
	return row.GetWorkload()
}

// intervals are points with error bars.
type intervals struct {
	plotter.XYs
	plotter.XErrors
}

// addVerdict adds the rows with this verdict in its colour.
func addVerdict(p *plot.Plot, rows []*benchpb.Row, verdict string, most float64) error {
	var points intervals
	for i, row := range rows {
		if row.GetVerdict() != verdict {
			continue
		}
		ratio, low, high := clamp(row.GetRatio(), most), clamp(row.GetLow(), most), clamp(row.GetHigh(), most)
		points.XYs = append(points.XYs, plotter.XY{X: ratio, Y: float64(len(rows) - 1 - i)})
		points.XErrors = append(points.XErrors, struct{ Low, High float64 }{ratio - low, high - ratio})
	}
	if len(points.XYs) == 0 {
		return nil
	}
	bars, err := plotter.NewXErrorBars(points)
	if err != nil {
		return err
	}
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	bars.LineStyle.Color, bars.LineStyle.Width = verdictColors[verdict], vg.Points(1.5)
	bars.CapWidth = vg.Points(4)
	dots.GlyphStyle = draw.GlyphStyle{Color: verdictColors[verdict], Radius: vg.Points(3.2), Shape: draw.CircleGlyph{}}
	p.Add(bars, dots)
	p.Legend.Add(verdict, dots)
	return nil
}

// axisEnd returns where the axis ends: at 2 if that shows all ratios.
func axisEnd(rows []*benchpb.Row) float64 {
	for _, row := range rows {
		if row.GetRatio() < 0.5 || row.GetRatio() > 2 {
			return widest
		}
	}
	return 2
}

func clamp(ratio, most float64) float64 {
	return math.Max(1/most, math.Min(most, ratio))
}

type constantTicks []float64

func (t constantTicks) Ticks(_, _ float64) []plot.Tick {
	var ticks []plot.Tick
	for _, v := range t {
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', -1, 64)})
	}
	return ticks
}

// besideUploads are the workloads of small calls, by the number of uploads.
var besideUploads = []string{"unary_1", "beside_1", "beside_4", "beside_16"}

var uploadTicks = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 1, Label: "1"}, {Value: 2, Label: "4"}, {Value: 3, Label: "16"}}

// latencies plots a metric of small calls over the number of uploads beside them.
// It returns nil if the report lacks one of the workloads.
func latencies(r *benchpb.Report, server, metric string) (*plot.Plot, error) {
	p := newPlot(metric + " of small calls beside uploads, to " + serverName(server))
	p.X.Label.Text, p.Y.Label.Text = "uploads on the same connection", "ms"
	p.X.Tick.Marker = uploadTicks
	p.Y.Scale = plot.LogScale{}
	p.X.Min, p.X.Max = -0.2, 3.2
	p.Y.Tick.Marker = constantTicks{0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500}
	lines := plotter.NewGrid()
	lines.Vertical.Color, lines.Horizontal.Color = grid, grid
	p.Add(lines)
	for _, c := range []struct {
		name    string
		color   color.Color
		median  func(*benchpb.Row) float64
		samples func(*benchpb.Row) []float64
	}{
		{"chttp2", otherColor, (*benchpb.Row).GetChttp2, (*benchpb.Row).GetChttp2Samples},
		{"loopy", loopyColor, (*benchpb.Row).GetLoopy, (*benchpb.Row).GetLoopySamples},
	} {
		var points struct {
			plotter.XYs
			plotter.YErrors
		}
		for i, workload := range besideUploads {
			row := find(r, server, workload, metric)
			if row == nil {
				return nil, nil
			}
			middle := c.median(row) / 1000 // from us to ms
			low, high := quartiles(c.samples(row))
			points.XYs = append(points.XYs, plotter.XY{X: float64(i), Y: middle})
			points.YErrors = append(points.YErrors, struct{ Low, High float64 }{middle - low/1000, high/1000 - middle})
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		bars, err := plotter.NewYErrorBars(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = c.color, vg.Points(2)
		dots.GlyphStyle = draw.GlyphStyle{Color: c.color, Radius: vg.Points(3.2), Shape: draw.CircleGlyph{}}
		bars.LineStyle.Color, bars.LineStyle.Width = c.color, vg.Points(1.2)
		p.Add(line, dots, bars)
		p.Legend.Add(c.name, line)
	}
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.Padding = vg.Points(3)
	return p, nil
}

// quartiles returns the first and the third.
func quartiles(samples []float64) (low, high float64) {
	sorted := slices.Sorted(slices.Values(samples))
	return stat.Quantile(0.25, stat.Empirical, sorted, nil), stat.Quantile(0.75, stat.Empirical, sorted, nil)
}

func find(r *benchpb.Report, server, workload, metric string) *benchpb.Row {
	for _, row := range r.GetRows() {
		if row.GetServer() == server && row.GetWorkload() == workload && row.GetMetric() == metric {
			return row
		}
	}
	return nil
}

func serverName(server string) string {
	return map[string]string{"cpp": "a gRPC C++ server", "go": "a grpc-go server"}[server]
}
