"""A canary counts only if it fails for the right reason."""

import unittest

from tools.presubmit.bazel_results import FAILED, PASSED
from tools.presubmit.canaries import judge


class JudgeTest(unittest.TestCase):

  def test_a_reported_bug_is_right(self):
    self.assertIsNone(judge(FAILED, "==1==WARNING: data race (pid=1)",
                            "data race"))

  def test_a_bug_that_passes_is_wrong(self):
    self.assertIsNotNone(judge(PASSED, "data race", "data race"))

  def test_another_failure_is_wrong(self):
    self.assertIsNotNone(judge(FAILED, "Segmentation fault", "data race"))

  def test_a_twin_must_pass(self):
    self.assertIsNone(judge(PASSED, "", None))
    self.assertIsNotNone(judge(FAILED, "data race", None))


if __name__ == "__main__":
  unittest.main()
