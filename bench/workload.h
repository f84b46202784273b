#ifndef LOOPY_BENCH_WORKLOAD_H_
#define LOOPY_BENCH_WORKLOAD_H_

#include <string>
#include <vector>

namespace loopy {
namespace bench {

// What a client is told to do.
struct Workload {
  std::string name;
  std::string description;
  std::vector<std::string> client_flags;
};

// All of them, in the order of the table.
const std::vector<Workload>& AllWorkloads();

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_WORKLOAD_H_
