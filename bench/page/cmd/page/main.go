// Command page writes a report of the benchmarks as a web page, as a picture, or
// both.
package main

import (
	"flag"
	"fmt"
	"os"

	"google.golang.org/protobuf/encoding/protojson"

	"loopy/bench/page/gen/benchpb"
	"loopy/bench/page/report"
)

func main() {
	from := flag.String("report", "", "the report, as JSON")
	html := flag.String("html", "", "where to write a self-contained page")
	svg := flag.String("svg", "", "where to write a picture of the main figures")
	flag.Parse()
	if err := write(*from, *html, *svg); err != nil {
		fmt.Fprintln(os.Stderr, "page:", err)
		os.Exit(1)
	}
}

func write(from, html, svg string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	r := &benchpb.Report{}
	if err := protojson.Unmarshal(text, r); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if html != "" {
		page, err := report.HTML(r)
		if err != nil {
			return err
		}
		if err := os.WriteFile(html, page, 0o644); err != nil {
			return err
		}
	}
	if svg != "" {
		picture, err := report.Picture(r)
		if err != nil {
			return err
		}
		return os.WriteFile(svg, picture, 0o644)
	}
	return nil
}
