#ifndef LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CHANNELZ_FIGURES_H_
#define LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CHANNELZ_FIGURES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "loopy/connection_stats.h"

namespace loopy {

// Returns what channelz shows of a connection besides its own figures, in every
// release: names such as "calls_waiting_for_socket", and their values.
std::vector<std::pair<std::string, int64_t>> ChannelzFigures(
    const ConnectionStats& stats);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CHANNELZ_FIGURES_H_
