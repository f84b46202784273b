"""No result of the other gRPC may be lost."""

import contextlib
import io
import unittest

from tools.presubmit import other_grpc
from tools.presubmit.tally import Tally


def _count(text, code):
  output = io.StringIO()
  with contextlib.redirect_stdout(output):
    tally = Tally()
    other_grpc.count(tally, text.splitlines(keepends=True), lambda: code)
    tally.finish()
  return output.getvalue()


def _last_line(text, code):
  return _count(text, code).splitlines()[-1]


_ALL = """\
[ 0:00] ---- gcc
[ 0:07] PASS gcc //a:a
Test output of //b:b
[12:34] FAIL gcc //b:b
[ 0:09] SKIP gcc //c:c: cannot run here
FAILED: gcc //b:b
1 passed, 1 failed, 1 skipped
"""


class OtherGrpcTest(unittest.TestCase):

  def test_each_result_counts(self):
    text = _count(_ALL, 1)
    self.assertEqual("1 passed, 1 failed, 1 skipped", text.splitlines()[-1])
    self.assertIn("Test output of //b:b\n", text)
    self.assertEqual(1, text.count("FAILED: 1.83 gcc //b:b\n"))
    self.assertIn("SKIP 1.83 gcc //c:c: cannot run here\n", text)

  def test_a_machine_that_cannot_have_it_skips(self):
    text = _count("setup: no gRPC 1.83 here: no mirror\n", 3)
    self.assertEqual("0 passed, 0 failed, 1 skipped", text.splitlines()[-1])
    self.assertIn("setup: no gRPC 1.83 here: no mirror\n", text)

  def test_any_other_failure_fails(self):
    self.assertEqual("0 passed, 1 failed",
                     _last_line("setup: the root could not be made\n", 1))

  def test_results_that_are_missing_fail(self):
    cut = "[ 0:07] PASS gcc //a:a\n"
    self.assertEqual("1 passed, 1 failed", _last_line(cut, 1))
    self.assertEqual("1 passed, 1 failed",
                     _last_line(cut + "2 passed, 0 failed\n", 0))

  def test_a_failure_without_a_result_fails(self):
    self.assertEqual(
        "1 passed, 1 failed",
        _last_line("[ 0:07] PASS gcc //a:a\n1 passed, 0 failed\n", 1))


if __name__ == "__main__":
  unittest.main()
