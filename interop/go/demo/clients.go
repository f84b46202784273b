package demo

import "slices"

// These are the clients' names. A client of another release of gRPC has that
// release in its name, behind a hyphen.
const (
	Loopy  = "loopy"
	Chttp2 = "chttp2"
	GrpcGo = "grpc-go"
	Ph2    = "ph2" // gRPC's coming client transport
)

// Programs are the programs that the demo runs.
type Programs struct {
	Server      string // path of the test server
	Client      string // path of grpc-go's stall client
	StallClient string // path of the stall client in C++
	HasPh2      bool   // StallClient's gRPC has the coming client transport

	// These are the release and the command of a stall client of another gRPC,
	// which has that transport. They are empty if there is none.
	OtherRelease     string
	OtherStallClient []string
}

// client is a client that the demo measures.
type client struct {
	name  string
	argv  []string
	env   []string
	waits bool // it spends its time waiting for the end of the stall
	other bool // it is measured for comparison, and has no bounds
}

// clients returns all clients that can be run with these programs, with those
// for comparison last.
func (p *Programs) clients() []client {
	cpp := func(command []string, name string) client {
		return client{name: name, argv: append(slices.Clone(command), "--transport="+name), waits: name != Loopy}
	}
	ph2 := func(command []string) client {
		c := cpp(command, Chttp2)
		c.name = Ph2
		c.argv = append(c.argv, "--retries=false") // bidirectional calls hang with retries
		c.env = []string{"GRPC_EXPERIMENTS=ph2_client"}
		c.other = true
		return c
	}
	own := []string{p.StallClient}
	all := []client{cpp(own, Loopy), cpp(own, Chttp2), {name: GrpcGo, argv: []string{p.Client}}}
	if p.HasPh2 {
		all = append(all, ph2(own))
	}
	if p.OtherRelease != "" {
		other := p.OtherStallClient
		for _, c := range []client{cpp(other, Loopy), cpp(other, Chttp2), ph2(other)} {
			c.name += "-" + p.OtherRelease
			c.other = true
			all = append(all, c)
		}
	}
	return all
}

// Names returns the names of all clients that can be run.
func (p *Programs) Names() []string {
	var names []string
	for _, c := range p.clients() {
		names = append(names, c.name)
	}
	return names
}

func (o *Options) wanted() []client {
	return slices.DeleteFunc(o.clients(), func(c client) bool { return !slices.Contains(o.Clients, c.name) })
}
