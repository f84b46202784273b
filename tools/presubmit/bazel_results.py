"""Reads the results of tests from the build event file (JSON) of a Bazel run."""

import collections
import json

PASSED = "passed"
FAILED = "failed"
SKIPPED = "skipped"

Result = collections.namedtuple("Result", "label outcome log")

_PASSING = ("PASSED", "FLAKY")


def _path(uri):
  return uri[len("file://"):] if uri.startswith("file://") else uri


def parse(lines):
  """Returns a Result for each test target that was to be run, in order of label.

  A test that was not built, timed out or was never started has failed. A test
  that no platform here can run has been skipped.
  """
  tests = set()
  outcomes = {}
  logs = {}
  for line in lines:
    event = json.loads(line)
    name = event["id"]
    if "targetConfigured" in name and "testSize" in event.get("configured", {}):
      tests.add(name["targetConfigured"]["label"])
    elif "targetCompleted" in name and "aborted" in event:
      label = name["targetCompleted"]["label"]
      skipped = event["aborted"].get("reason") == "SKIPPED"
      outcomes.setdefault(label, SKIPPED if skipped else FAILED)
    elif "testResult" in name:
      for output in event.get("testResult", {}).get("testActionOutput", []):
        if output.get("name") == "test.log" and "uri" in output:
          logs[name["testResult"]["label"]] = _path(output["uri"])
    elif "testSummary" in name:
      label = name["testSummary"]["label"]
      status = event.get("testSummary", {}).get("overallStatus")
      tests.add(label)
      outcomes[label] = PASSED if status in _PASSING else FAILED
  return [
      Result(label, outcomes.get(label, FAILED), logs.get(label))
      for label in sorted(tests)
  ]


def parse_file(path):
  try:
    with open(path, encoding="utf-8") as file:
      return parse(file)
  except FileNotFoundError:
    return []
