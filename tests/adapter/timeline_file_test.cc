#include "transport/adapter/transport/timeline_file.h"

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "transport/base/timeline.h"

namespace loopy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class TimelineFileTest : public testing::Test {
 protected:
  TimelineFileTest() { Timeline::Start(); }
  ~TimelineFileTest() override { Timeline::Stop(); }

  // The file has an object in each line. Returns those that name something, or
  // the others.
  static std::vector<std::string> Lines(bool names) {
    const std::string path = absl::StrCat(testing::TempDir(), "/timeline.json");
    EXPECT_TRUE(WriteTimelineFile(path));
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
      if (line.size() < 3) continue;  // a bracket
      if (absl::StrContains(line, R"("ph":"M")") == names) {
        lines.push_back(line);
      }
    }
    return lines;
  }

  // Returns what follows `key` in the line, up to a comma or a bracket.
  static std::string Value(absl::string_view line, absl::string_view key) {
    const size_t at = line.find(absl::StrCat("\"", key, "\":"));
    if (at == absl::string_view::npos) return "";
    line.remove_prefix(at + key.size() + 3);
    return std::string(line.substr(0, line.find_first_of(",}")));
  }
};

// Catches: an end alone, which Perfetto counts as an error of the file.
TEST_F(TimelineFileTest, AnEndWithoutItsBeginIsLeftOut) {
  const TimelineTrack track = TimelineTrack::New("ipv4:10.0.0.1:443");
  const int call = 0;
  track.OnWriteBegins(1);
  track.OnStallBegins("socket", absl::ZeroDuration());
  track.OnCallBegins(&call, "/package.Service/Method");
  Timeline::Start();  // forgets the begins, as the ring does in time
  track.OnWriteEnds();
  track.OnStallEnds();
  track.OnCallEnds(&call, 1, 0, "peer", absl::ZeroDuration());
  EXPECT_THAT(Lines(/*names=*/false), IsEmpty());
  track.OnWriteBegins(2);
  track.OnWriteEnds();
  track.OnWriteEnds();
  EXPECT_THAT(Lines(/*names=*/false),
              ElementsAre(HasSubstr(R"("ph":"B")"), HasSubstr(R"("ph":"E")")));
}

// Catches: a name that goes to another connection's row in Perfetto, and a row
// that it moves to the top.
TEST_F(TimelineFileTest, EachRowHasANumberOfItsOwn) {
  constexpr size_t kConnections = 12;
  constexpr size_t kRows = 7;
  for (size_t i = 0; i < kConnections; ++i) TimelineTrack::New("peer");
  std::set<std::string> rows;
  std::vector<std::string> order;
  for (const std::string& line : Lines(/*names=*/true)) {
    EXPECT_NE(Value(line, "tid"), Value(line, "pid"));
    if (absl::StrContains(line, "thread_name")) {
      rows.insert(Value(line, "tid"));
    } else if (absl::StrContains(line, "thread_sort_index")) {
      order.push_back(Value(line, "sort_index"));
    }
  }
  EXPECT_THAT(rows, SizeIs(kConnections * kRows));
  order.resize(kRows);
  EXPECT_THAT(order, ElementsAre("1", "2", "3", "4", "5", "6", "7"));
}

// Catches: a connection without a name, because its begin is too long ago.
TEST_F(TimelineFileTest, AConnectionHasOneName) {
  const TimelineTrack known = TimelineTrack::New("ipv4:10.0.0.1:443");
  known.OnItem("SendSettings");
  std::vector<std::string> lines = Lines(/*names=*/true);
  const auto names = [&lines] {
    std::vector<std::string> names;
    for (const std::string& line : lines) {
      if (absl::StrContains(line, "process_name")) {
        names.push_back(Value(line, "name"));
      }
    }
    return names;
  };
  EXPECT_THAT(names(), ElementsAre(AllOf(HasSubstr("connection "),
                                         HasSubstr(" to ipv4:10.0.0.1:443"))));
  Timeline::Start();
  known.OnItem("SendSettings");
  lines = Lines(/*names=*/true);
  EXPECT_THAT(names(), ElementsAre(AllOf(HasSubstr("connection "),
                                         Not(HasSubstr(" to ")))));
}

}  // namespace
}  // namespace loopy
