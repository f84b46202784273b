#ifndef LOOPY_BENCH_WORKLOAD_H_
#define LOOPY_BENCH_WORKLOAD_H_

#include <string>
#include <vector>

namespace loopy {
namespace bench {

// A job for a client, given by its flags.
struct Workload {
  std::string name;
  std::string description;
  std::vector<std::string> client_flags;
};

// Returns all workloads in the order of the table.
const std::vector<Workload>& AllWorkloads();

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_WORKLOAD_H_
