#ifndef LOOPY_LOOPY_H_
#define LOOPY_LOOPY_H_

#include <chrono>
#include <string>
#include <vector>

#include "loopy/channel_arg_names.h"
#include "loopy/connection_stats.h"
#include "loopy/version.h"

// The shared library hides everything else.
#define LOOPY_EXPORT __attribute__((visibility("default")))

namespace grpc {
class ChannelArguments;
}  // namespace grpc

// grpc-loopy is a client transport for gRPC C++. A peer that stops reading
// cannot hang its calls.
//
//   loopy::RegisterTransport();
//   grpc::ChannelArguments args;
//   loopy::UseTransport(&args);
//   auto channel = grpc::CreateCustomChannel(target, credentials, args);
//
// This header is the whole API. There are six channel arguments, besides
// gRPC's own (docs/channel_arguments.md):
//
//   loopy.transport (kTransportArg), integer
//       1 chooses this transport, 0 gRPC's built-in one. The default is 0, or 1
//       if libloopy_preload.so is preloaded.
//   loopy.goaway_timeout_ms (kGoAwayTimeoutArg), integer, 1000 by default
//       The time that a closed connection has to send its GOAWAY before its
//       socket is closed. No call and no caller waits for it.
//   loopy.io_loop (kIoLoopArg), integer, 1 by default
//       With gRPC 1.83, threads of the transport poll its sockets, unless the
//       channel brings its own EventEngine (docs/io_loop.md). 0 leaves them to
//       gRPC's.
//   loopy.explain_waits (kExplainWaitsArg), integer, 1 by default
//       The status of a call that ends by its deadline, by a cancel of its own
//       side or with its connection says what the call waited for
//       (docs/diagnosing.md). It stands behind gRPC's text. 0 leaves it out.
//   loopy.stall_log_ms (kStallLogArg), integer, 1000 by default
//       A connection that has bytes to send and makes no progress for so long
//       is logged, and so is the moment at which it goes on. 0: never.
//   loopy.write_stall_timeout_ms (kWriteStallTimeoutArg), integer, 0 by default
//       A connection whose write makes no progress for so long is closed. Its
//       calls fail with UNAVAILABLE, and gRPC connects anew. 0: never.
//
// Environment: LOOPY_TRANSPORT=0 keeps every channel of the process on the
// built-in transport. LOOPY_IO_LOOP=0 is loopy.io_loop=0 for every channel.
// LOOPY_KEEPALIVE_TIME_MS, LOOPY_KEEPALIVE_TIMEOUT_MS,
// LOOPY_MAX_PINGS_WITHOUT_DATA and LOOPY_WRITE_STALL_TIMEOUT_MS are the
// defaults of channels that do not set grpc.keepalive_time_ms,
// grpc.keepalive_timeout_ms, grpc.http2.max_pings_without_data and
// loopy.write_stall_timeout_ms. LOOPY_VERBOSE=1 logs one line at the start: the
// release, which channels use this transport, and what the environment sets.
// LOOPY_STATS=SECONDS prints the ConnectionStats of all connections to stderr
// so often, a line each.
// LOOPY_TIMELINE=FILE starts the timeline, and writes it to the file when the
// process ends by exit() or by a return from main. %p in it stands for the
// process's number.
// GRPC_TRACE=loopy (or loopy_connection, loopy_http, ...) with
// GRPC_VERBOSITY=info logs what the transport does.
namespace loopy {

// Makes this transport known to gRPC. Each channel still has to choose it;
// channels that exist already keep their transport. Idempotent. Call it from
// any thread, before or after grpc_init, but not while another thread replaces
// gRPC's core configuration, as gRPC's own tests do.
//
// If the process has another gRPC than this library was built for (1.51.1 or
// 1.83.0), this logs one line, and channels keep the built-in transport.
LOOPY_EXPORT void RegisterTransport();

// Sets loopy.transport to 1.
LOOPY_EXPORT void UseTransport(grpc::ChannelArguments* arguments);

// Returns what each connection of this process does, and what its calls wait
// for. It takes the locks of each open call in turn, so it is for a look now
// and then. Call it from any thread.
LOOPY_EXPORT std::vector<ConnectionStats> GetConnectionStats();

// Ends connections of this process, of whatever channels: those to `peer`, an
// address as grpc::ClientContext::peer() returns it, such as
// "ipv4:10.0.0.1:443"; all if it is empty. They take no new calls: those go to
// a new connection. Calls that are still under way after `grace` fail with
// UNAVAILABLE. Returns the number of connections. It waits for nothing. Call it
// from any thread while a channel exists.
LOOPY_EXPORT int CloseConnections(
    const std::string& peer,
    std::chrono::milliseconds grace = std::chrono::milliseconds(0));

// The timeline: the last events of all connections of the process, such as
// frames, turns of the writer, stalls, and calls with what they waited for. It
// is off until StartTimeline, which begins anew; then it has 18 MB, and each
// event costs a copy. StopTimeline keeps what there is. WriteTimeline writes it
// to `file` at any time, so that Perfetto and chrome://tracing can open it; it
// returns false, and logs a line, if it cannot. Call them from any thread.
LOOPY_EXPORT void StartTimeline();
LOOPY_EXPORT void StopTimeline();
LOOPY_EXPORT bool WriteTimeline(const std::string& file);

// Returns the version of the library that the program runs with.
// LOOPY_VERSION is the one that it was compiled with.
LOOPY_EXPORT const char* Version();

}  // namespace loopy

#endif  // LOOPY_LOOPY_H_
