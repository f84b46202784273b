"""Reports files that do not have the version of include/loopy/version.h.

CMake and the code read it there. These files cannot.
"""

import re

from tools.presubmit.repository import Problem

VERSION_FILE = "include/loopy/version.h"
# Each file's first match is the version.
COPIES = {
    "MODULE.bazel": r'^    version = "(.*)",$',
    "debian/changelog": r"^grpc-loopy \((.*)\) ",
}


def check(files):
  """Returns the problems in a dictionary of path to text."""
  version = re.search(r'^#define LOOPY_VERSION "(\d+\.\d+\.\d+)"$',
                      files[VERSION_FILE], re.MULTILINE)
  if not version:
    return [Problem(VERSION_FILE, 1, "no LOOPY_VERSION such as 1.2.3")]
  problems = []
  for path, pattern in COPIES.items():
    copy = re.search(pattern, files.get(path, ""), re.MULTILINE)
    found = copy.group(1) if copy else "none"
    if found != version.group(1):
      problems.append(Problem(
          path, 1, f"the version is {found}, and {version.group(1)} in "
          f"{VERSION_FILE}"))
  return problems
