"""Runs Bazel as ./dev has set it up."""

import os
import subprocess
import tempfile

from tools.presubmit import bazel_results
from tools.presubmit import repository


def run(arguments, quiet=False, folder="."):
  """Runs `bazel arguments...`. Returns its whole output and the exit code."""
  command = ["bazel", arguments[0]]
  if arguments[0] in ("build", "test"):
    command.append("--config=ci")
    if os.environ.get("GO"):
      command.append("--repo_env=GO=" + os.environ["GO"])
  result = subprocess.run(
      command + list(arguments[1:]), cwd=repository.root() / folder, check=False,
      stdout=subprocess.PIPE,
      stderr=subprocess.DEVNULL if quiet else subprocess.STDOUT)
  return result.stdout.decode(errors="replace"), result.returncode


def test(arguments, folder="."):
  """Runs `bazel test arguments...`. Returns (results, output, exit code)."""
  with tempfile.TemporaryDirectory() as scratch:
    events = os.path.join(scratch, "events.json")
    output, code = run(["test", "--keep_going", "--test_summary=none",
                        "--build_event_json_file=" + events] + arguments,
                       folder=folder)
    return bazel_results.parse_file(events), output, code


def query(expression):
  """Returns the labels that a `bazel query` finds, or None if it fails."""
  output, code = run(["query", "--keep_going", expression], quiet=True)
  # 3 means that a package has errors. Its build reports them.
  return None if code not in (0, 3) else output.split()
