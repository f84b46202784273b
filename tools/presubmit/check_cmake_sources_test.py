"""Plants one fault of each kind in the list of CMake's sources."""

import unittest

from tools.presubmit import check_cmake_sources

_LABELS = [
    "//transport:loopy.cc", "//transport/base:log.cc", "//transport/base:log.h",
    "//transport/releases/v1_51:log.cc", "//transport/releases/v1_83:log.cc",
]


def _text(common=("transport/base/log.cc",),
          v1_51=("transport/releases/v1_51/log.cc",),
          v1_83=("transport/releases/v1_83/log.cc",)):
  text = ""
  for name, sources in (("", common), ("_v1_51", v1_51), ("_v1_83", v1_83)):
    text += f"set(LOOPY_SOURCES{name}\n"
    text += "".join(f"  {source}\n" for source in sources) + ")\n"
  return text


class CheckCmakeSourcesTest(unittest.TestCase):

  def assert_reports(self, part, text):
    problems = check_cmake_sources.check(text, _LABELS)
    self.assertEqual(1, len(problems), problems)
    self.assertIn(part, problems[0].text)

  def test_equal_lists_are_fine(self):
    self.assertEqual([], check_cmake_sources.check(_text(), _LABELS))

  def test_a_missing_source_is_reported(self):
    self.assert_reports("transport/base/log.cc is missing", _text(common=()))

  def test_a_missing_source_of_another_release_is_reported(self):
    self.assert_reports("v1_83/log.cc is missing", _text(v1_83=()))

  def test_a_source_that_is_gone_is_reported(self):
    self.assert_reports("no transport/a.cc", _text(
        common=("transport/a.cc", "transport/base/log.cc")))

  def test_a_source_in_the_list_of_another_release_is_reported(self):
    self.assert_reports("another release", _text(
        v1_51=("transport/releases/v1_51/log.cc",
               "transport/releases/v1_83/log.cc"), v1_83=()))

  def test_a_source_that_is_there_twice_is_reported(self):
    self.assert_reports("twice", _text(common=("transport/base/log.cc",) * 2))


if __name__ == "__main__":
  unittest.main()
