"""./dev check runs the checks of the sources.

Usage: run_checks.py [CHECK...], of format, build_format, paths, links, sizes,
version, cmake_sources and lint (all by default); or --fix, which corrects the
format.
"""

import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

# pylint: disable=wrong-import-position
from tools.presubmit import bazel
from tools.presubmit import check_cmake_sources
from tools.presubmit import check_paths
from tools.presubmit import check_sizes
from tools.presubmit import check_version
from tools.presubmit import repository
from tools.presubmit.tally import Tally

_CXX = (".h", ".cc")
_BAZEL = ("BUILD.bazel", "MODULE.bazel", "WORKSPACE", ".bzl")


def _report(tally, name, problems):
  if problems:
    tally.fails(name, "\n".join(map(repository.format_problem, problems)))
  else:
    tally.passes(name)


def check_format(tally):
  files = repository.list_files(*_CXX)
  result = subprocess.run(
      ["clang-format", "--dry-run", "-Werror"] + files, cwd=repository.root(),
      check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
  if result.returncode:
    named = re.findall(r"^(\S+?):\d+:\d+: error:",
                       result.stdout.decode(errors="replace"), re.MULTILINE)
    tally.fails("format", "\n".join(dict.fromkeys(named)) +
                "\nclang-format would change these; ./dev format does")
  else:
    tally.passes("format")


def check_build_format(tally):
  program = os.environ.get("BUILDIFIER")
  if not program:
    tally.skips("build_format", "no buildifier")
    return
  # These warnings propose rules that Bazel 4.2 lacks.
  unwanted = ("cc-common", "cc-info", "proto-info", "sh-binary", "sh-test")
  warnings = "-warnings=" + ",".join(f"-native-{name}" for name in unwanted)
  result = subprocess.run(
      [program, "-mode=check", "-lint=warn", warnings] +
      repository.list_files(*_BAZEL), cwd=repository.root(), check=False,
      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
  if result.returncode:
    tally.fails("build_format", result.stdout.decode(errors="replace") +
                "./dev format corrects the format")
  else:
    tally.passes("build_format")


def format_all():
  """Formats every file as the two checks above want."""
  subprocess.run(["clang-format", "-i"] + repository.list_files(*_CXX),
                 cwd=repository.root(), check=True)
  if os.environ.get("BUILDIFIER"):
    subprocess.run([os.environ["BUILDIFIER"]] + repository.list_files(*_BAZEL),
                   cwd=repository.root(), check=True)


def check_stray_paths(tally):
  files = repository.read_files(repository.list_files())
  _report(tally, "paths", check_paths.check(files))


def check_links(tally):
  # The root of gRPC 1.83, which needs no checks, has no parser of Markdown.
  from tools.presubmit import check_links as links  # pylint: disable=import-outside-toplevel
  paths = repository.list_files()
  _report(tally, "links", links.check(repository.read_files(paths), paths))


def warn_of_sizes(tally):
  for problem in check_sizes.check(
      repository.read_files(repository.list_files())):
    tally.note("warning: " + repository.format_problem(problem))


def check_versions(tally):
  paths = [check_version.VERSION_FILE, *check_version.COPIES]
  files = dict(repository.read_files(
      path for path in paths if (repository.root() / path).is_file()))
  _report(tally, "version", check_version.check(files))


def check_sources_of_cmake(tally):
  labels = bazel.query(f"({check_cmake_sources.QUERY}) union "
                       f"{check_cmake_sources.RELEASES_QUERY}")
  if not labels:
    tally.fails("cmake_sources", "bazel query failed")
    return
  text = (repository.root() / check_cmake_sources.PATH).read_text("utf-8")
  _report(tally, "cmake_sources", check_cmake_sources.check(text, labels))


def check_lint(tally):
  tally.note("lint: some minutes, where its results are not cached")
  output, code = bazel.run([
      "build", "--keep_going", "--output_groups=clang_tidy",
      "--aspects=//tools/clang_tidy:clang_tidy.bzl%clang_tidy_aspect",
      # The tests would double the time; compilers and sanitizers check them. Of
      # those that no sanitizer runs, only this library has locks.
      "--", "//...", "-//tests/...",
      "//tests/integration/programs:program_test_lib"
  ])
  if code:
    tally.fails("lint", output)
  else:
    tally.passes("lint")


CHECKS = {
    "format": check_format,
    "build_format": check_build_format,
    "paths": check_stray_paths,
    "links": check_links,
    "sizes": warn_of_sizes,
    "version": check_versions,
    "cmake_sources": check_sources_of_cmake,
    "lint": check_lint,
}


def main(names):
  if names == ["--fix"]:
    format_all()
    return 0
  unknown = [name for name in names if name not in CHECKS]
  if unknown:
    sys.exit(f"no such check: {' '.join(unknown)} ({' '.join(CHECKS)})")
  tally = Tally()
  for name in names or CHECKS:
    CHECKS[name](tally)
  return tally.finish()


if __name__ == "__main__":
  sys.exit(main(sys.argv[1:]))
