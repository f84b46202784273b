"""Runs ./dev for the tests under gRPC 1.83, of the packages and of the conformance
suites, and counts their results."""

import re
import subprocess

from tools.presubmit import repository

_GRPC = "1.83"
_UNAVAILABLE = 3  # LOOPY_1_83_UNAVAILABLE of tools/setup/grpc_1_83.sh

_RESULT = re.compile(r"^\[[ \d]+:\d\d\] (PASS|FAIL|SKIP) ([^\n]*)$")
_SUM = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")


def count(tally, lines, wait, prefix=_GRPC, title=f"gRPC {_GRPC}: ./dev test",
          what=f"all tests under gRPC {_GRPC}"):
  """Counts the results in the output of a run of ./dev.

  Args:
    tally: counts them, under names that begin with the prefix.
    lines: the lines of the output. Those that are no results are printed.
    wait: a function that returns the exit code, after the last line.
    prefix: a prefix of the name of each result.
    title: the name of the run, if it fails as a whole.
    what: its name, if it is skipped as a whole.
  """
  counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
  total = None
  last = ""
  for line in lines:
    last = line.rstrip("\n")
    result = _RESULT.match(last)
    summed = _SUM.match(last)
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
    elif summed:
      total = [int(n or 0) for n in summed.groups()]
    elif not last.startswith("FAILED: "):
      print(last, flush=True)
  code = wait()
  if code == _UNAVAILABLE and total is None:
    tally.skips(what, last.replace("setup: ", ""))
  elif total != list(counts.values()):
    tally.fails(f"{title} ended early, with {code}")
  elif code and not counts["FAIL"]:
    tally.fails(f"{title} ended with {code}")


def _run(tally, command, **names):
  with subprocess.Popen(
      command, cwd=repository.root(), stdout=subprocess.PIPE,
      stderr=subprocess.STDOUT, encoding="utf-8", errors="replace") as process:
    count(tally, process.stdout, process.wait, **names)


def run(tally, targets):
  """Runs `./dev test` under gRPC 1.83."""
  _run(tally, ["./dev", f"--grpc={_GRPC}", "test"] + targets)


def run_packages(tally):
  """Runs `./dev package`, which builds the Debian packages by CMake, and its tests."""
  _run(tally, ["./dev", "package", "--test"], prefix="package",
       title="./dev package", what="the tests of the packages")


def run_conformance(tally):
  """Runs `./dev conformance`, which includes gRPC 1.83 if it can be had."""
  _run(tally, ["./dev", "conformance"], prefix="conformance",
       title="./dev conformance")
