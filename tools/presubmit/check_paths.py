"""Reports paths of one machine, addresses of package registries, conflict markers."""

import re

from tools.presubmit.repository import Problem

# The patterns are in pieces, so that this file does not report itself.
_FORBIDDEN = [(re.compile(pattern), text) for pattern, text in [
    (r"(?<![\w.~$}/-])/(" + "work|ro" + "ot|ho" + "me)/", "a path of one machine"),
    (r"(?<![\w.~$}/-])/tmp/" + r"(grpc_src|ob_|bazel_)", "a path of one machine"),
    (r"deb\." + r"debian\.org|pypi\." + r"org|files\.python" + r"hosted|"
     r"registry\." + r"npmjs|proxy\." + r"golang\.org|crates\." + r"io|"
     r"repo1?\." + r"maven", "the address of a package registry"),
    (r"^(<<<<<<<|>>>>>>>) ", "a conflict marker"),
]]


def check(files):
  """Returns the problems in an iterable of (path, text)."""
  problems = []
  for path, text in files:
    for number, line in enumerate(text.splitlines(), 1):
      for pattern, what in _FORBIDDEN:
        match = pattern.search(line)
        if match:
          problems.append(Problem(path, number, f"{what}: {match.group(0)}"))
  return problems
