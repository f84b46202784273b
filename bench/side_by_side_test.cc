// These tests check the arithmetic of a row and the table.

#include "bench/side_by_side.h"

#include <gtest/gtest.h>

#include "bench/table.h"

namespace loopy {
namespace bench {
namespace {

Metric MakeMetric(bool higher_is_better) {
  Metric metric;
  metric.set_name("rate");
  metric.set_unit("calls/s");
  metric.set_higher_is_better(higher_is_better);
  return metric;
}

// Breaks caught: a mean instead of a median (an outlier moves it); the ratio
// the wrong way round; the range taken from the medians.
TEST(MakeRowTest, RatioIsOfTheMediansAndItsRangeOfTheRuns) {
  const Row row = MakeRow(MakeMetric(true), {100, 30, 20}, {10, 10, 40});
  EXPECT_DOUBLE_EQ(row.loopy(), 30);
  EXPECT_DOUBLE_EQ(row.chttp2(), 10);
  EXPECT_DOUBLE_EQ(row.ratio(), 3);
  EXPECT_DOUBLE_EQ(row.lowest_ratio(), 0.5);
  EXPECT_DOUBLE_EQ(row.highest_ratio(), 10);
  EXPECT_EQ(row.loopy_samples_size(), 3);
  EXPECT_EQ(row.chttp2_samples(2), 40);
}

TEST(MakeRowTest, MedianOfAnEvenNumberLiesBetweenTheMiddleTwo) {
  const Row row = MakeRow(MakeMetric(true), {4, 1, 2, 9}, {1, 1, 1, 1});
  EXPECT_DOUBLE_EQ(row.loopy(), 3);
}

// Breaks caught: one direction for all metrics; level counted as worse.
TEST(MakeRowTest, LevelIsJudgedInTheMetricsDirection) {
  EXPECT_TRUE(MakeRow(MakeMetric(true), {2}, {1}).at_least_level());
  EXPECT_FALSE(MakeRow(MakeMetric(true), {1}, {2}).at_least_level());
  EXPECT_FALSE(MakeRow(MakeMetric(false), {2}, {1}).at_least_level());
  EXPECT_TRUE(MakeRow(MakeMetric(false), {1}, {2}).at_least_level());
  EXPECT_TRUE(MakeRow(MakeMetric(true), {1}, {1}).at_least_level());
  EXPECT_TRUE(MakeRow(MakeMetric(false), {1}, {1}).at_least_level());
}

// Break caught: rows counted that are worse, or not marked.
TEST(FormatTableTest, MarksAndCountsTheRows) {
  Report report;
  *report.add_rows() = MakeRow(MakeMetric(true), {2}, {1});
  *report.add_rows() = MakeRow(MakeMetric(false), {2}, {1});
  const std::string table = FormatTable(report);
  EXPECT_NE(table.find("1 of 2 rows at least level"), std::string::npos)
      << table;
  EXPECT_EQ(table.find("WORSE"), table.rfind("WORSE")) << table;
  EXPECT_NE(table.find("<= 1  WORSE"), std::string::npos) << table;
}

// Break caught: another client's column without a name, or without its figures.
TEST(FormatTableTest, OtherClientsHaveColumns) {
  Report report;
  report.add_others("ph2-1.83");
  *report.add_rows() = MakeRow(MakeMetric(true), {2}, {1});
  report.mutable_rows(0)->add_others(36.5);
  const std::string table = FormatTable(report);
  EXPECT_NE(table.find("ph2-1.83\n"), std::string::npos) << table;
  EXPECT_NE(table.find("36.5\n"), std::string::npos) << table;
}

}  // namespace
}  // namespace bench
}  // namespace loopy
