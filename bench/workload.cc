#include "bench/workload.h"

namespace loopy {
namespace bench {

const std::vector<Workload>& AllWorkloads() {
  static const auto* const kWorkloads = new std::vector<Workload>{
      {"unary_1",
       "unary calls of 10 bytes, 1 in flight",
       {"--workload=unary", "--in_flight=1", "--bytes=10"}},
      {"unary_64",
       "unary calls of 10 bytes, 64 in flight",
       {"--workload=unary", "--in_flight=64", "--bytes=10"}},
      {"echo_1m",
       "unary calls of 1 MiB each way, 4 in flight",
       {"--workload=unary", "--in_flight=4", "--bytes=1048576"}},
      {"upload_64k",
       "one upload stream, messages of 64 KiB",
       {"--workload=upload", "--bytes=65536"}},
      {"upload_1m",
       "one upload stream, messages of 1 MiB",
       {"--workload=upload", "--bytes=1048576"}},
      {"connect", "a new channel, its first call", {"--workload=connect"}},
      {"memory",
       "heap of an idle stream, of an idle connection",
       {"--workload=memory"}},
  };
  return *kWorkloads;
}

}  // namespace bench
}  // namespace loopy
