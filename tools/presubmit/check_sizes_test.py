"""A file at its limit and one past it."""

import unittest

from tools.presubmit import check_sizes


class CheckSizesTest(unittest.TestCase):

  def test_past_the_limit(self):
    self.assertEqual([], check_sizes.check([("a.h", "\n" * 250)]))
    self.assertEqual(1, len(check_sizes.check([("a.h", "\n" * 251)])))
    self.assertEqual([], check_sizes.check([("a.cc", "\n" * 251)]))

  def test_generated_files_are_left_out(self):
    self.assertEqual([], check_sizes.check([("x/a.pb.go", "\n" * 9999)]))


if __name__ == "__main__":
  unittest.main()
