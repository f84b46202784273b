"""Runs of ./dev that are counted in this one: the tests under gRPC 1.83, and the
conformance suites."""

import re
import subprocess

from tools.presubmit import repository

_GRPC = "1.83"
_UNAVAILABLE = 3  # as tools/setup/grpc_1_83.sh has it

_RESULT = re.compile(r"^\[[ \d]+:\d\d\] (PASS|FAIL|SKIP) ([^\n]*)$")
_SUM = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")


def count(tally, lines, wait, prefix=_GRPC, title=f"gRPC {_GRPC}: ./dev test"):
  """Counts the results that the lines of a run of ./dev tell of.

  Args:
    tally: counts them, under names that begin with the prefix.
    lines: its output, as it comes; what is no result is printed.
    wait: a function that returns its exit code, once there are no more lines.
    prefix: goes before the name of each result.
    title: the name of the run, for when it fails as a whole.
  """
  counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
  told = None
  last = ""
  for line in lines:
    last = line.rstrip("\n")
    result = _RESULT.match(last)
    total = _SUM.match(last)
    if result:
      outcome, name = result.groups()
      counts[outcome] += 1
      name = f"{prefix} {name}"
      if outcome == "PASS":
        tally.passes(name)
      elif outcome == "FAIL":
        tally.fails(name)
      else:
        tally.skips(*name.split(": ", 1))
    elif total:
      told = [int(n or 0) for n in total.groups()]
    elif not last.startswith("FAILED: "):
      print(last, flush=True)
  code = wait()
  if code == _UNAVAILABLE and told is None:
    tally.skips(f"all tests under gRPC {_GRPC}", last.replace("setup: ", ""))
  elif told != list(counts.values()):
    tally.fails(f"{title} ended early, with {code}")
  elif code and not counts["FAIL"]:
    tally.fails(f"{title} ended with {code}")


def _run(tally, command, **names):
  with subprocess.Popen(
      command, cwd=repository.root(), stdout=subprocess.PIPE,
      stderr=subprocess.STDOUT, encoding="utf-8", errors="replace") as process:
    count(tally, process.stdout, process.wait, **names)


def run(tally, targets):
  """Runs `./dev test` there."""
  _run(tally, ["./dev", f"--grpc={_GRPC}", "test"] + targets)


def run_conformance(tally):
  """Runs `./dev conformance`, here and, if it can be had, there."""
  _run(tally, ["./dev", "conformance"], prefix="conformance",
       title="./dev conformance")
