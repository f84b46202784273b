"""Reports sources that CMake's list and Bazel's do not share."""

import re

from tools.presubmit.repository import Problem

PATH = "cmake/sources.cmake"

# The query finds what Bazel compiles into transport/'s libraries. CMakeLists.txt
# names these few itself.
QUERY = ('kind("source file", deps(//transport:all)) intersect '
         'kind("source file", //transport/...:*)')
RELEASES_QUERY = 'kind("source file", //transport/releases/...:*)'
NAMED_ELSEWHERE = (
    "transport/loopy.cc",
    "transport/preload/preload_entry.cc",
    "transport/preload/preload_shim.cc",
)


def _source(label):
  return label[len("//"):].replace(":", "/")


def check(text, labels):
  """Returns the problems in the text of cmake/sources.cmake.

  Args:
    text: the text.
    labels: the files that Bazel's libraries have, and all of each release.
  """
  listed = re.findall(r"^  (\S+)$", text, re.MULTILINE)
  expected = {
      _source(label) for label in labels if label.endswith(".cc")
  } - set(NAMED_ELSEWHERE)
  problems = [Problem(PATH, 1, f"{source} is missing")
              for source in sorted(expected - set(listed))]
  problems += [Problem(PATH, 1, f"Bazel has no {source}")
               for source in sorted(set(listed) - expected)]
  problems += [Problem(PATH, 1, f"{source} is there twice")
               for source in sorted(set(listed)) if listed.count(source) > 1]
  # A release's list has this release's sources.
  release = None
  for number, line in enumerate(text.splitlines(), 1):
    if line.startswith("set("):
      release = re.search(r"LOOPY_SOURCES_?(\w*)", line).group(1)
    elif line.startswith("  "):
      found = re.match(r"  transport/releases/(\w+)/", line)
      if (found.group(1) if found else "") != release:
        problems.append(Problem(PATH, number, f"{line.strip()} is in the list "
                                              "of another release"))
  return problems
