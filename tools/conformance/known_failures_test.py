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

  # Catches: a "**" that needs an element, or "seen" patterns that are lost.
  def test_what_is_known(self):
    judgement = self._judge("loopy 1.51", "Group/x/y/two", "Group/two", "4.2/1")
    self.assertEqual(["Group/x/y/two", "Group/two", "4.2/1"],
                     [case for case, _ in judgement.known])
    self.assertEqual(([], []), (judgement.unexpected, judgement.passed))

  # Catches: a "*" that crosses elements, a match of a part of the name, and a
  # "." that stands for any character.
  def test_an_unexpected_failure(self):
    judgement = self._judge("loopy 1.51", "Group/two", "4.2/1", "4.3/1", "4x2/1",
                            "4.2/1/x", "Other/two", "Group/twofold")
    self.assertEqual(["4.3/1", "4x2/1", "4.2/1/x", "Other/two", "Group/twofold"],
                     [case for case, _ in judgement.unexpected])

  # Catches: a pattern that no failure matches, and that is not reported.
  def test_an_unexpected_pass(self):
    self.assertEqual(["4.2/*"], self._judge("loopy 1.51", "Group/two").passed)

  # Catches: an entry that counts for every client, or for every suite.
  def test_what_is_known_of_others(self):
    known = known_failures.parse(_TEXT)
    for suite, client in (("s", "chttp2 1.51"), ("t", "loopy 1.51")):
      judgement = known.judge(suite, client, {"4.2/1": "text"})
      self.assertEqual([("4.2/1", "text")], judgement.unexpected)
      self.assertEqual([], judgement.passed)

  # Catches the same for cases that have a client of their own.
  def test_what_harms_others(self):
    known = known_failures.parse(_TEXT)
    self.assertEqual(["Group/**/kills"], known.harmful("s", "chttp2 1.51"))
    self.assertEqual([], known.harmful("s", "loopy 1.51"))
    self.assertEqual([], known.harmful("t", "chttp2 1.51"))

  # Catches: a misspelt layer that is taken.
  def test_a_layer_that_is_none(self):
    with self.assertRaises(ValueError):
      known_failures.parse(_TEXT.replace("above", "elsewhere"))


if __name__ == "__main__":
  unittest.main()
