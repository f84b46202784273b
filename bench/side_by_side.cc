#include "bench/side_by_side.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tests/support/subprocess.h"

namespace loopy {
namespace bench {
namespace {

// A run may take this much longer than the measured time.
constexpr absl::Duration kRunBound = absl::Seconds(60);

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

double Ratio(double loopy, double chttp2) {
  return chttp2 == 0 ? 0 : loopy / chttp2;
}

absl::StatusOr<Measurement> RunOnce(const SideBySideOptions& options,
                                    const ServerAddress& server,
                                    const Workload& workload,
                                    const Client& client) {
  std::vector<std::string> argv = client.command;
  argv.push_back(absl::StrCat("--server=", server.target));
  argv.push_back(
      absl::StrCat("--measured=", absl::FormatDuration(options.measured)));
  argv.insert(argv.end(), workload.client_flags.begin(),
              workload.client_flags.end());
  auto program = Subprocess::Start(argv, Subprocess::Stderr::kInherited,
                                   client.environment);
  if (!program.ok()) return program.status();
  const auto output = (*program)->ReadAll(options.measured + kRunBound);
  if (!output.ok()) return output.status();
  const auto exit_code = (*program)->Wait(kRunBound);
  if (!exit_code.ok()) return exit_code.status();
  Measurement measurement;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(*output, &measurement);
  if (*exit_code != 0 || !parsed.ok()) {
    return absl::InternalError(
        absl::StrCat(workload.name, " of ", client.name, " to the ",
                     server.name, " server failed (", *exit_code, ")"));
  }
  return measurement;
}

// The samples of one client, by metric.
using Samples = std::vector<std::vector<double>>;

absl::Status Add(const absl::StatusOr<Measurement>& measured,
                 Measurement* first, Samples* samples) {
  if (!measured.ok()) return measured.status();
  if (first->metrics_size() == 0) *first = *measured;
  samples->resize(static_cast<size_t>(first->metrics_size()));
  if (measured->metrics_size() != first->metrics_size()) {
    return absl::InternalError("the client's metrics vary");
  }
  for (int i = 0; i < measured->metrics_size(); ++i) {
    (*samples)[static_cast<size_t>(i)].push_back(measured->metrics(i).value());
  }
  return absl::OkStatus();
}

}  // namespace

Row MakeRow(const Metric& metric, const std::vector<double>& loopy_samples,
            const std::vector<double>& chttp2_samples) {
  Row row;
  row.set_metric(metric.name());
  row.set_unit(metric.unit());
  row.set_higher_is_better(metric.higher_is_better());
  row.set_loopy(Median(loopy_samples));
  row.set_chttp2(Median(chttp2_samples));
  row.set_ratio(Ratio(row.loopy(), row.chttp2()));
  std::vector<double> ratios;
  for (size_t i = 0; i < loopy_samples.size(); ++i) {
    ratios.push_back(Ratio(loopy_samples[i], chttp2_samples[i]));
  }
  row.set_lowest_ratio(*std::min_element(ratios.begin(), ratios.end()));
  row.set_highest_ratio(*std::max_element(ratios.begin(), ratios.end()));
  row.set_at_least_level(metric.higher_is_better() ? row.ratio() >= 1.0
                                                   : row.ratio() <= 1.0);
  *row.mutable_loopy_samples() = {loopy_samples.begin(), loopy_samples.end()};
  *row.mutable_chttp2_samples() = {chttp2_samples.begin(),
                                   chttp2_samples.end()};
  return row;
}

absl::StatusOr<std::vector<Row>> RunSideBySide(const SideBySideOptions& options,
                                               const ServerAddress& server,
                                               const Workload& workload) {
  const auto own = [&options](const std::string& transport) -> Client {
    return {transport,
            {options.client, absl::StrCat("--transport=", transport)},
            {}};
  };
  Measurement first;
  Samples loopy_samples;
  Samples chttp2_samples;
  std::vector<Samples> others_samples(options.others.size());
  for (int i = 0; i < options.repetitions; ++i) {
    for (const bool loopy : {i % 2 == 0, i % 2 != 0}) {
      const Client client =
          own(loopy && !options.self_check ? "loopy" : "chttp2");
      const absl::Status added =
          Add(RunOnce(options, server, workload, client), &first,
              loopy ? &loopy_samples : &chttp2_samples);
      if (!added.ok()) return added;
    }
    for (size_t other = 0; other < options.others.size(); ++other) {
      const absl::Status added =
          Add(RunOnce(options, server, workload, options.others[other]), &first,
              &others_samples[other]);
      if (!added.ok()) return added;
    }
  }
  std::vector<Row> rows;
  for (int i = 0; i < first.metrics_size(); ++i) {
    const auto index = static_cast<size_t>(i);
    rows.push_back(
        MakeRow(first.metrics(i), loopy_samples[index], chttp2_samples[index]));
    rows.back().set_server(server.name);
    rows.back().set_workload(workload.name);
    for (const Samples& samples : others_samples) {
      rows.back().add_others(Median(samples[index]));
    }
  }
  return rows;
}

}  // namespace bench
}  // namespace loopy
