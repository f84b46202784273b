"""CI reads the last line."""

import contextlib
import io
import unittest

from tools.presubmit.tally import Tally


def _finish(*steps):
  output = io.StringIO()
  with contextlib.redirect_stdout(output):
    tally = Tally()
    for step in steps:
      step(tally)
    code = tally.finish()
  return output.getvalue().splitlines()[-1], code


class TallyTest(unittest.TestCase):

  def test_the_last_line_and_the_exit_code(self):
    def passes(tally):
      tally.passes("a")

    def fails(tally):
      tally.fails("b", "why")

    def skips(tally):
      tally.skips("c", "no tool")

    self.assertEqual(("2 passed, 0 failed", 0), _finish(passes, passes))
    self.assertEqual(("1 passed, 1 failed", 1), _finish(passes, fails))
    self.assertEqual(("1 passed, 0 failed, 1 skipped", 0),
                     _finish(passes, skips))

  def test_nothing_run_is_no_success(self):
    self.assertEqual(("0 passed, 0 failed", 1), _finish())


if __name__ == "__main__":
  unittest.main()
