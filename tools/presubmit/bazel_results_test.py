"""Parses events as Bazel 4.2 writes them, without the fields that are not read."""

import json
import unittest

from tools.presubmit import bazel_results
from tools.presubmit.bazel_results import FAILED, PASSED, SKIPPED


def _configured(label, test=True):
  return {"id": {"targetConfigured": {"label": label}},
          "configured": {"testSize": "SMALL"} if test else {}}


def _summary(label, status):
  return {"id": {"testSummary": {"label": label}},
          "testSummary": {"overallStatus": status}}


def _aborted(label, reason):
  return {"id": {"targetCompleted": {"label": label}},
          "aborted": {"reason": reason}}


def _parse(*events):
  results = bazel_results.parse(json.dumps(event) for event in events)
  return {result.label: result.outcome for result in results}


class BazelResultsTest(unittest.TestCase):

  def test_outcomes(self):
    self.assertEqual(
        {"//a:good": PASSED, "//a:bad": FAILED, "//a:slow": FAILED},
        _parse(_configured("//a:good"), _configured("//a:bad"),
               _configured("//a:slow"), _configured("//a:lib", test=False),
               _summary("//a:good", "PASSED"), _summary("//a:bad", "FAILED"),
               _summary("//a:slow", "TIMEOUT")))

  def test_a_test_without_a_summary_has_failed(self):
    self.assertEqual({"//a:unbuilt": FAILED}, _parse(_configured("//a:unbuilt")))
    self.assertEqual({"//a:unbuilt": FAILED},
                     _parse(_configured("//a:unbuilt"),
                            _summary("//a:unbuilt", "NO_STATUS")))

  def test_an_incompatible_test_was_skipped(self):
    self.assertEqual({"//a:go": SKIPPED},
                     _parse(_configured("//a:go"), _aborted("//a:go", "SKIPPED")))

  def test_the_log_is_found(self):
    event = {"id": {"testResult": {"label": "//a:bad"}},
             "testResult": {"testActionOutput": [
                 {"name": "test.xml", "uri": "file:///x/test.xml"},
                 {"name": "test.log", "uri": "file:///x/test.log"}]}}
    lines = [json.dumps(e) for e in (event, _summary("//a:bad", "FAILED"))]
    self.assertEqual("/x/test.log", bazel_results.parse(lines)[0].log)


if __name__ == "__main__":
  unittest.main()
