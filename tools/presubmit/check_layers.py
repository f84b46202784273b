"""Includes go only upward through the rooms of transport/.

base < {wire, hpack, flow} < control < {stream, writer} < reader < connection
     < core_glue; the files of transport/ itself may include them all.
"""

import re

from tools.presubmit.repository import Problem

_LEVELS = {
    "base": 0,
    "wire": 1, "hpack": 1, "flow": 1,
    "control": 2,
    "stream": 3, "writer": 3,
    "reader": 4,
    "connection": 5,
    "core_glue": 6,
    "": 7,  # transport/ itself
}
_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
_OUTSIDE = ("tests/", "interop/", "bench/", "examples/", "proto/", "tools/")
_GRPC_INTERNALS = ("src/core/", "src/cpp/")


def _room(path):
  """The room of a path below transport/; "" for a file of transport/ itself."""
  parts = path.split("/")
  return parts[1] if len(parts) > 2 else ""


def _complaint(path, included):
  in_transport = path.startswith("transport/")
  room = _room(path) if in_transport else None
  if included.startswith(_GRPC_INTERNALS):
    glue_or_its_test = path.startswith(
        ("transport/core_glue/", "tests/core_glue/"))
    return None if glue_or_its_test else (
        "only transport/core_glue (and its tests) may include " + included)
  if not in_transport:
    return None
  if included.startswith(_OUTSIDE):
    return "transport must not include " + included
  if not included.startswith("transport/"):
    return None
  target = _room(included)
  for name in (room, target):
    if name not in _LEVELS:
      return f"transport/{name} is no room; see docs/architecture.md"
  if room == target or _LEVELS[target] < _LEVELS[room]:
    return None
  return (f"transport/{room or '*'} must not include {included}: "
          f"{target or 'transport/ itself'} does not lie below it")


def check(files):
  """Problems in an iterable of (path, text)."""
  problems = []
  for path, text in files:
    for number, line in enumerate(text.splitlines(), 1):
      match = _INCLUDE.match(line)
      complaint = match and _complaint(path, match.group(1))
      if complaint:
        problems.append(Problem(path, number, complaint))
  return problems
