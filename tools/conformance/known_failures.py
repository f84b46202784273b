"""Reads the cases that are known to fail, and compares results with them."""

import collections
import dataclasses
import re
import tomllib

_LAYERS = ("transport", "above", "suite")


@dataclasses.dataclass(frozen=True)
class Failure:
  """The cases of a suite that fail for one cause."""
  suite: str
  cases: tuple  # patterns: * matches within one element of a name, ** any elements
  clients: tuple  # such as "loopy 1.51"
  layer: str  # one of _LAYERS
  cause: str

  def pattern_of(self, case):
    """Returns the pattern that a case's name matches, or None."""
    for pattern in self.cases:
      if _regex(pattern).fullmatch(case):
        return pattern
    return None


def _regex(pattern):
  parts = []
  for part in re.split(r"(\*\*/|\*)", pattern):
    if part == "**/":
      parts.append("(?:[^/]+/)*")
    elif part == "*":
      parts.append("[^/]*")
    else:
      parts.append(re.escape(part))
  return re.compile("".join(parts))


# A suite's failures are sorted: `known` are pairs of a case and its Failure,
# `unexpected` are pairs of a case and the suite's text, and `passed` are patterns of
# cases that are known to fail and passed.
Judgement = collections.namedtuple("Judgement", "known unexpected passed")


class KnownFailures:
  """The known failures of a file."""

  def __init__(self, failures, harmful=()):
    self._failures = list(failures)
    self._harmful = list(harmful)

  def harmful(self, suite, client):
    """Returns the patterns of the cases that get a client of their own."""
    return [case for entry in self._harmful
            if entry["suite"] == suite and client in entry["clients"]
            for case in entry["cases"]]

  def judge(self, suite, client, failed):
    """Compares the failures, a dict from cases to texts, with the known ones."""
    expected = [failure for failure in self._failures
                if failure.suite == suite and client in failure.clients]
    seen = set()
    known, unexpected = [], []
    for case, text in failed.items():
      for failure in expected:
        pattern = failure.pattern_of(case)
        if pattern:
          seen.add(pattern)
          known.append((case, failure))
          break
      else:
        unexpected.append((case, text))
    passed = [pattern for failure in expected for pattern in failure.cases
              if pattern not in seen]
    return Judgement(known, unexpected, passed)


def parse(text):
  """Parses a TOML text into KnownFailures."""
  tables = tomllib.loads(text)
  failures = []
  for entry in tables["failure"]:
    failure = Failure(**{key: tuple(value) if isinstance(value, list) else value
                         for key, value in entry.items()})
    if failure.layer not in _LAYERS:
      raise ValueError(f"layer = {failure.layer!r} is none of {_LAYERS}")
    failures.append(failure)
  return KnownFailures(failures, tables.get("alone", []))
