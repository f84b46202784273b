"""Warns of files that have grown past the size of one concept."""

from tools.presubmit.repository import Problem

_LIMITS = ((".h", 250), (".cc", 400), (".go", 400), (".py", 400), (".sh", 400))


def check(files):
  """Returns the problems in an iterable of (path, text)."""
  problems = []
  for path, text in files:
    lines = text.count("\n")
    for suffix, limit in _LIMITS:
      if path.endswith(suffix) and ".pb." not in path and lines > limit:
        problems.append(Problem(path, lines, f"more than {limit} lines"))
  return problems
