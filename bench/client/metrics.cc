#include "bench/client/metrics.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <string>

namespace loopy {
namespace bench {
namespace {

double Quantile(double quantile, std::vector<double>* values) {
  const auto index = static_cast<size_t>(
      quantile * static_cast<double>(values->size() - 1) + 0.5);
  const auto at = values->begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(values->begin(), at, values->end());
  return *at;
}

double Microseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e6 +
         static_cast<double>(time.tv_usec);
}

}  // namespace

void AddMetric(absl::string_view name, absl::string_view unit, Better better,
               double value, Measurement* out) {
  Metric* metric = out->add_metrics();
  metric->set_name(std::string(name));
  metric->set_unit(std::string(unit));
  metric->set_higher_is_better(better == Better::kHigher);
  metric->set_value(value);
}

void AddLatencies(std::vector<double> microseconds, Measurement* out) {
  if (microseconds.empty()) return;
  AddMetric("p50", "us", Better::kLower, Quantile(0.50, &microseconds), out);
  AddMetric("p99", "us", Better::kLower, Quantile(0.99, &microseconds), out);
}

double CpuMicroseconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return Microseconds(usage.ru_utime) + Microseconds(usage.ru_stime);
}

}  // namespace bench
}  // namespace loopy
