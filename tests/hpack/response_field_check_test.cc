#include "transport/hpack/response_field_check.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace loopy {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string Fault(const Fields& fields) {
  ResponseFieldCheck check;
  check.Begin();
  for (const auto& [name, value] : fields) check.OnField(name, value);
  return check.fault();
}

// gRPC's own servers and proxies send these. Catches: a rule that breaks calls
// that work with the built-in transport.
TEST(ResponseFieldCheckTest, ResponsesOfGrpcServersPass) {
  EXPECT_EQ(Fault({{":status", "200"},
                   {"content-type", "application/grpc"},
                   {"grpc-encoding", "identity"},
                   {"grpc-accept-encoding", "identity, deflate, gzip"},
                   {"te", "trailers"},
                   {"x.custom_name-1", ""}}),
            "");
  EXPECT_EQ(Fault({{"grpc-status", "5"}, {"grpc-message", " not found: "}}),
            "");
  EXPECT_EQ(Fault({{"grpc-message", "gr\xc3\xbc\xc3\x9f"}}), "");
  EXPECT_EQ(Fault({{"bytes-bin", std::string("\0\r\n\xff", 4)}}), "");
}

// RFC 9113 section 8.2.1 has the rule. Catches: names that are not checked.
TEST(ResponseFieldCheckTest, NamesAreLowerCaseTokens) {
  for (const std::string& name :
       {std::string(""), std::string("Upper"), std::string("a b"),
        std::string("a:b"), std::string("a\x7f"), std::string("n\0l", 3),
        std::string("\xc3\xbc")}) {
    EXPECT_NE(Fault({{name, "v"}}), "") << name;
  }
  EXPECT_EQ(Fault({{"Upper", "v"}}), "field name \"Upper\"");
}

// Catches: values that are not checked.
TEST(ResponseFieldCheckTest, ValuesHaveNoControlCharacters) {
  for (const std::string& value : {std::string("a\0b", 3), std::string("a\rb"),
                                   std::string("a\nb"), std::string("\x01")}) {
    EXPECT_NE(Fault({{"name", value}}), "");
  }
  EXPECT_EQ(Fault({{"name", "a\nb"}}), "value of field \"name\": \"a\\nb\"");
  EXPECT_EQ(Fault({{"name", "tab\tand space"}}), "");
}

// RFC 9113 section 8.2.2 has the rule. Catches: a field that is not in the
// list.
TEST(ResponseFieldCheckTest, FieldsOfHttp1ConnectionsAreFaults) {
  for (const char* name : {"connection", "keep-alive", "proxy-connection",
                           "transfer-encoding", "upgrade", "te"}) {
    EXPECT_NE(Fault({{":status", "200"}, {name, "x"}}), "") << name;
  }
}

// RFC 9113 section 8.3 has the rule. Catches: a second one, one behind other
// fields, and one that is not ":status".
TEST(ResponseFieldCheckTest, ThereIsOnePseudoFieldAtTheFront) {
  EXPECT_NE(Fault({{":status", "200"}, {":status", "200"}}), "");
  EXPECT_NE(Fault({{"a", "b"}, {":status", "200"}}), "");
  EXPECT_NE(Fault({{":path", "/"}}), "");
  EXPECT_NE(Fault({{":unknown", "x"}}), "");
  EXPECT_NE(Fault({{":", "x"}}), "");
}

// Catches: a later fault that replaces the first, and a Begin that keeps the
// fault or the fields of the last list.
TEST(ResponseFieldCheckTest, TheFirstFaultSticksUntilTheNextList) {
  ResponseFieldCheck check;
  check.Begin();
  check.OnField("upgrade", "x");
  check.OnField("Upper", "x");
  EXPECT_EQ(check.fault(), "connection-specific field \"upgrade\"");
  check.Begin();
  EXPECT_EQ(check.fault(), "");
  check.OnField(":status", "200");
  check.OnField("name", "v");
  check.Begin();
  check.OnField(":status", "200");
  EXPECT_EQ(check.fault(), "") << "the last list's fields are forgotten";
}

}  // namespace
}  // namespace loopy
