"""Unexpected failures and unexpected passes are both found."""

import unittest

from tools.conformance import known_failures

_TEXT = """
[[failure]]
suite = "s"
cases = ["Group/**/two", "4.2/*"]
clients = ["loopy 1.51"]
layer = "above"
cause = "why"

[[alone]]
suite = "s"
cases = ["Group/**/kills"]
clients = ["chttp2 1.51"]
"""


class KnownFailuresTest(unittest.TestCase):

  def _judge(self, client, *failed):
    known = known_failures.parse(_TEXT)
    return known.judge("s", client, {case: "text" for case in failed})

  def test_what_is_known(self):
    judgement = self._judge("loopy 1.51", "Group/x/y/two", "Group/two", "4.2/1")
    self.assertEqual(["Group/x/y/two", "Group/two", "4.2/1"],
                     [case for case, _ in judgement.known])
    self.assertEqual(([], []), (judgement.unexpected, judgement.passed))

  def test_an_unexpected_failure(self):
    judgement = self._judge("loopy 1.51", "Group/two", "4.2/1", "4.3/1",
                            "4.2/1/x", "Other/two", "Group/twofold")
    self.assertEqual(["4.3/1", "4.2/1/x", "Other/two", "Group/twofold"],
                     [case for case, _ in judgement.unexpected])

  def test_an_unexpected_pass(self):
    self.assertEqual(["4.2/*"], self._judge("loopy 1.51", "Group/two").passed)

  def test_what_is_known_of_another_client(self):
    judgement = self._judge("chttp2 1.51", "4.2/1")
    self.assertEqual([("4.2/1", "text")], judgement.unexpected)
    self.assertEqual([], judgement.passed)

  def test_what_harms_others(self):
    known = known_failures.parse(_TEXT)
    self.assertEqual(["Group/**/kills"], known.harmful("s", "chttp2 1.51"))
    self.assertEqual([], known.harmful("s", "loopy 1.51"))

  def test_a_layer_that_is_none(self):
    with self.assertRaises(ValueError):
      known_failures.parse(_TEXT.replace("above", "elsewhere"))


if __name__ == "__main__":
  unittest.main()
