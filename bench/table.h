#ifndef LOOPY_BENCH_TABLE_H_
#define LOOPY_BENCH_TABLE_H_

#include <string>

#include "bench/report.pb.h"

namespace loopy {
namespace bench {

// Formats the report for a terminal, with a line for each row in aligned
// columns. The last line counts the rows in which loopy is at least level.
std::string FormatTable(const Report& report);

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_TABLE_H_
