#include "transport/adapter/transport/channelz_figures.h"

#include "absl/strings/str_cat.h"

namespace loopy {

std::vector<std::pair<std::string, int64_t>> ChannelzFigures(
    const ConnectionStats& stats) {
  const auto number = [](uint64_t n) { return static_cast<int64_t>(n); };
  std::vector<std::pair<std::string, int64_t>> figures = {
      {"calls_open", number(stats.open_calls)},
      {"calls_ended", number(stats.ended_calls)},
      {"queued_bytes", number(stats.queued_bytes)},
      {"write_bytes", number(stats.write_bytes)},
      {"write_age_ms", stats.write_age.count()},
      {"kernel_bytes", number(stats.kernel_bytes)},
  };
  for (const auto& [cause, calls] : stats.calls_by_cause) {
    figures.emplace_back(absl::StrCat("calls_waiting_for_", cause),
                         number(calls));
  }
  if (!stats.stalled_by.empty()) {
    figures.emplace_back(
        absl::StrCat("stalled_by_", stats.stalled_by, "_for_ms"),
        stats.stalled_for.count());
  }
  return figures;
}

}  // namespace loopy
