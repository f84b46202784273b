#include "bench/table.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace loopy {
namespace bench {
namespace {

// Writes enough digits to show a difference of a percent.
std::string FormatValue(double value) {
  if (value < 10) return absl::StrFormat("%.3f", value);
  if (value < 1000) return absl::StrFormat("%.1f", value);
  return absl::StrFormat("%.0f", value);
}

std::string FormatRow(const Row& row) {
  std::string others;
  for (const double value : row.others()) {
    absl::StrAppendFormat(&others, " %12s", FormatValue(value));
  }
  return absl::StrFormat(
      "%-4s %-11s %-11s %-14s %10s %10s  %6.3f %s  %-11s%s\n", row.server(),
      row.workload(), row.metric(), row.unit(), FormatValue(row.loopy()),
      FormatValue(row.chttp2()), row.ratio(),
      absl::StrFormat("%6.2f..%-6.2f", row.lowest_ratio(), row.highest_ratio()),
      absl::StrCat(row.higher_is_better() ? ">= 1" : "<= 1",
                   row.at_least_level() ? "" : "  WORSE"),
      others);
}

}  // namespace

std::string FormatTable(const Report& report) {
  std::string others;
  for (const std::string& name : report.others()) {
    absl::StrAppendFormat(&others, " %12s", name);
  }
  std::string text = absl::StrFormat(
      "%s; medians of %d runs of %g s, in turns; ratio = loopy / chttp2, its "
      "range over the runs, and what is level or better\n\n"
      "%-4s %-11s %-11s %-14s %10s %10s  %6s %14s  %-11s%s\n",
      report.self_check() ? "SELF CHECK: chttp2 in both columns"
                          : "loopy beside chttp2",
      report.repetitions(), report.seconds(), "to", "workload", "metric",
      "unit", "loopy", "chttp2", "ratio", "range", "good", others);
  int level = 0;
  for (int i = 0; i < report.rows_size(); ++i) {
    const Row& row = report.rows(i);
    if (i > 0 && row.workload() != report.rows(i - 1).workload()) text += '\n';
    absl::StrAppend(&text, FormatRow(row));
    if (row.at_least_level()) ++level;
  }
  absl::StrAppend(&text, "\n", level, " of ", report.rows_size(),
                  " rows at least level\n");
  return text;
}

}  // namespace bench
}  // namespace loopy
