package bench

// workload is a job for a client, given by its flags.
type workload struct {
	name, description string
	tls               bool
	flags             []string
}

// workloads are all of them in the order of the table.
var workloads = append([]workload{
	{"unary_1", "unary calls of 10 bytes, 1 in flight", false,
		[]string{"--workload=unary", "--in_flight=1", "--bytes=10"}},
	{"unary_64", "unary calls of 10 bytes, 64 in flight", false,
		[]string{"--workload=unary", "--in_flight=64", "--bytes=10"}},
	{"threads_8", "unary calls of 10 bytes from 8 blocking threads", false,
		[]string{"--workload=threads", "--in_flight=8", "--bytes=10"}},
	{"threads_64", "unary calls of 10 bytes from 64 blocking threads", false,
		[]string{"--workload=threads", "--in_flight=64", "--bytes=10"}},
	{"ping_pong_1", "10 bytes each way in turns on 1 bidirectional stream", false,
		[]string{"--workload=ping_pong", "--in_flight=1", "--bytes=10"}},
	{"ping_pong_16", "10 bytes each way in turns on 16 bidirectional streams", false,
		[]string{"--workload=ping_pong", "--in_flight=16", "--bytes=10"}},
	{"stream_1", "the server streams messages of 10 bytes on 1 stream", false,
		[]string{"--workload=stream", "--in_flight=1", "--bytes=10"}},
	{"stream_8", "the server streams messages of 10 bytes on 8 streams", false,
		[]string{"--workload=stream", "--in_flight=8", "--bytes=10"}},
	{"stream_1m_1", "the server streams messages of 1 MiB on 1 stream", false,
		[]string{"--workload=stream", "--in_flight=1", "--bytes=1048576"}},
	{"stream_1m_8", "the server streams messages of 1 MiB on 8 streams", false,
		[]string{"--workload=stream", "--in_flight=8", "--bytes=1048576"}},
	{"echo_64k", "unary calls of 64 KiB each way, 4 in flight", false,
		[]string{"--workload=unary", "--in_flight=4", "--bytes=65536"}},
	{"echo_1m", "unary calls of 1 MiB each way, 4 in flight", false,
		[]string{"--workload=unary", "--in_flight=4", "--bytes=1048576"}},
	{"upload_64k", "one upload stream, messages of 64 KiB", false,
		[]string{"--workload=upload", "--bytes=65536"}},
	{"upload_1m", "one upload stream, messages of 1 MiB", false,
		[]string{"--workload=upload", "--bytes=1048576"}},
	{"beside_1", "unary calls of 10 bytes, 1 in flight, beside 1 upload", false,
		[]string{"--workload=beside_uploads", "--uploads=1"}},
	{"beside_4", "unary calls of 10 bytes, 1 in flight, beside 4 uploads", false,
		[]string{"--workload=beside_uploads", "--uploads=4"}},
	{"beside_16", "unary calls of 10 bytes, 1 in flight, beside 16 uploads", false,
		[]string{"--workload=beside_uploads", "--uploads=16"}},
	{"channels_1000", "unary calls of 10 bytes, 64 in flight over 1,000 channels", false,
		[]string{"--workload=channels", "--in_flight=64", "--connections=1000"}},
	{"open_1", "unary calls of 10 bytes, 64 in flight beside 1 open stream", false,
		[]string{"--workload=open_streams", "--in_flight=64", "--streams=1"}},
	{"open_100", "unary calls of 10 bytes, 64 in flight beside 100 open streams", false,
		[]string{"--workload=open_streams", "--in_flight=64", "--streams=100"}},
	{"open_10000", "unary calls of 10 bytes, 64 in flight beside 10,000 open streams", false,
		[]string{"--workload=open_streams", "--in_flight=64", "--streams=10000"}},
	{"connect", "a new channel, its first call", false,
		[]string{"--workload=connect"}},
	{"memory", "heap of an idle stream, of an idle connection", false,
		[]string{"--workload=memory"}},
}, overTLS...)

// overTLS are the main workloads again.
var overTLS = []workload{
	{"tls_unary_1", "unary calls of 10 bytes, 1 in flight, TLS", true,
		[]string{"--workload=unary", "--in_flight=1", "--bytes=10"}},
	{"tls_unary_64", "unary calls of 10 bytes, 64 in flight, TLS", true,
		[]string{"--workload=unary", "--in_flight=64", "--bytes=10"}},
	{"tls_stream_1m", "the server streams messages of 1 MiB on 1 stream, TLS", true,
		[]string{"--workload=stream", "--in_flight=1", "--bytes=1048576"}},
	{"tls_upload_1m", "one upload stream, messages of 1 MiB, TLS", true,
		[]string{"--workload=upload", "--bytes=1048576"}},
	{"tls_connect", "a new channel, its first call, TLS", true,
		[]string{"--workload=connect"}},
}
