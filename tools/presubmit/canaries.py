"""Runs the planted bugs of tests/canary. Each must be reported by its tool."""

import pathlib

from tools.presubmit import bazel
from tools.presubmit.bazel_results import FAILED, PASSED

# Each has a config, a test, and the text that its output must have, or None for a
# test that must pass.
_TESTS = [
    ("asan-ubsan", "asan_canary", "AddressSanitizer: heap-buffer-overflow"),
    ("asan-ubsan", "leak_canary", "LeakSanitizer: detected memory leaks"),
    ("asan-ubsan", "ubsan_canary", "signed integer overflow"),
    ("asan-ubsan", "lock_order_canary",
     "that is not the order of LockRank"),
    ("tsan", "tsan_canary", "ThreadSanitizer: data race"),
    ("tsan", "tsan_twin", None),
]

# These must not compile under clang, which must print the text.
_SOURCES = [
    ("unlocked_canary", "requires holding mutex 'mu_'"),
    ("layering_canary", "does not depend on a module exporting"),
]


def judge(outcome, log, expected):
  """Returns why a canary's result is not the expected one, or None."""
  if expected is None:
    return None if outcome == PASSED else "must pass, but does not"
  if outcome != FAILED:
    return f"the planted bug was not reported ({expected})"
  return None if expected in log else f"failed without the text: {expected}"


def _count(tally, name, complaint, output):
  if complaint:
    tally.fails(name, f"{output}\n{name}: {complaint}")
  else:
    tally.passes(name)


def _log(result):
  path = pathlib.Path(result.log or "/nonexistent")
  return path.read_text(errors="replace") if path.exists() else ""


def run_tests(tally, config, flags):
  """Runs the canaries of one sanitizer build."""
  wanted = {f"//tests/canary:{name}": text
            for of, name, text in _TESTS if of == config}
  results, output, _ = bazel.test(
      [f"--config={config}"] + flags + sorted(wanted))
  found = {result.label: result for result in results}
  for label, text in wanted.items():
    if label in found:
      complaint = judge(found[label].outcome, _log(found[label]), text)
    else:
      complaint = "was not run"
    _count(tally, f"canary {config} {label}", complaint, output)


def run_sources(tally):
  """Builds the sources that clang must refuse."""
  for name, text in _SOURCES:
    output, code = bazel.run(
        ["build", "--config=clang", "//tests/canary:" + name])
    complaint = judge(FAILED if code else PASSED, output, text)
    _count(tally, f"canary clang //tests/canary:{name}", complaint, output)
