// Command supervise runs a client of connectrpc's conformance suite so that the
// suite survives its death.
//
//	supervise [-alone] COMMAND [ARGUMENT...]
package main

import (
	"flag"
	"fmt"
	"os"

	"loopy/conformance/supervise"
)

func main() {
	alone := flag.Bool("alone", false, "give each request to a client of its own")
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	supervisor := &supervise.Supervisor{
		Start:     func() (supervise.Client, error) { return supervise.StartCommand(flag.Args()) },
		Responses: os.Stdout,
		Alone:     *alone,
	}
	if err := supervisor.Run(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "supervise:", err)
		os.Exit(1)
	}
}
