#include <algorithm>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "src/core/config/config_vars.h"
#include "src/core/lib/experiments/experiments.h"
#include "transport/adapter/channel/connection_options_from_args.h"

namespace loopy {
namespace {

using grpc_core::ChannelArgs;

// These are chttp2's own names.
constexpr char kMaxInflightPingsArg[] = "grpc.http2.max_inflight_pings";
constexpr char kRejectOnClientArg[] =
    "grpc.http.max_concurrent_streams_reject_on_client";
constexpr char kPingTimeoutArg[] = "grpc.http2.ping_timeout_ms";
constexpr char kSettingsTimeoutArg[] = "grpc.http2.settings_timeout";

constexpr absl::Duration kShortestSettingsTimeout = absl::Minutes(1);

absl::Duration ReadTimeout(const ChannelArgs& args, absl::string_view name,
                           absl::Duration otherwise) {
  const auto value = args.GetDurationFromIntMillis(name);
  if (!value.has_value()) return otherwise;
  if (*value == grpc_core::Duration::Infinity()) {
    return absl::InfiniteDuration();
  }
  return std::max(absl::Milliseconds(value->millis()), absl::ZeroDuration());
}

// Pings that may be in flight. gRPC's IsMultipingEnabled() goes by a number
// that 1.83.2 gives to another experiment. 1.84 has no such experiment, and the
// default is that without it.
int DefaultMaxInflightPings() {
  int limit = 1;
#ifdef GRPC_EXPERIMENT_IS_INCLUDED_MULTIPING
  for (const absl::string_view experiment :
       absl::StrSplit(grpc_core::ConfigVars::Get().Experiments(), ',')) {
    if (experiment == "multiping") limit = 100;
    if (experiment == "-multiping") limit = 1;
  }
#endif
  return limit;
}

}  // namespace

void ReadArgsOfThisRelease(const ChannelArgs& args,
                           ConnectionOptions* options) {
  options->ping_interval_without_data = absl::Minutes(1);
  const int in_flight =
      args.GetInt(kMaxInflightPingsArg).value_or(DefaultMaxInflightPings());
  options->max_inflight_pings = static_cast<size_t>(std::max(0, in_flight));
  options->rejects_streams_above_limit =
      args.GetBool(kRejectOnClientArg)
          .value_or(options->rejects_streams_above_limit);
  // In chttp2, too, there are no other timeouts without a keepalive timeout,
  // and none of them has a default without keepalive.
  const bool has_keepalive =
      options->keepalive_time != absl::InfiniteDuration();
  const absl::Duration keepalive_timeout =
      has_keepalive || args.Contains(GRPC_ARG_KEEPALIVE_TIMEOUT_MS)
          ? options->keepalive_timeout
          : absl::InfiniteDuration();
  if (keepalive_timeout == absl::InfiniteDuration()) return;
  options->ping_timeout =
      ReadTimeout(args, kPingTimeoutArg,
                  has_keepalive ? absl::Minutes(1) : absl::InfiniteDuration());
  options->settings_timeout =
      ReadTimeout(args, kSettingsTimeoutArg,
                  std::max(2 * keepalive_timeout, kShortestSettingsTimeout));
}

}  // namespace loopy
