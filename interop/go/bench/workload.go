package bench

// workload is a job for a client, given by its flags.
type workload struct {
	name, description string
	flags             []string
}

// workloads are all of them in the order of the table.
var workloads = []workload{
	{"unary_1", "unary calls of 10 bytes, 1 in flight",
		[]string{"--workload=unary", "--in_flight=1", "--bytes=10"}},
	{"unary_64", "unary calls of 10 bytes, 64 in flight",
		[]string{"--workload=unary", "--in_flight=64", "--bytes=10"}},
	{"echo_1m", "unary calls of 1 MiB each way, 4 in flight",
		[]string{"--workload=unary", "--in_flight=4", "--bytes=1048576"}},
	{"upload_64k", "one upload stream, messages of 64 KiB",
		[]string{"--workload=upload", "--bytes=65536"}},
	{"upload_1m", "one upload stream, messages of 1 MiB",
		[]string{"--workload=upload", "--bytes=1048576"}},
	{"connect", "a new channel, its first call",
		[]string{"--workload=connect"}},
	{"memory", "heap of an idle stream, of an idle connection",
		[]string{"--workload=memory"}},
}
