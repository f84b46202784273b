#include "bench/client/process_cost.h"

#include <sys/resource.h>

namespace loopy {
namespace bench {
namespace {

double Microseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e6 +
         static_cast<double>(time.tv_usec);
}

}  // namespace

double CpuMicroseconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return Microseconds(usage.ru_utime) + Microseconds(usage.ru_stime);
}

}  // namespace bench
}  // namespace loopy
