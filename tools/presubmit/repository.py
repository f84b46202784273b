"""Lists and reads the files of this repository."""

import collections
import pathlib
import subprocess

Problem = collections.namedtuple("Problem", "path line text")


def format_problem(problem):
  return f"{problem.path}:{problem.line}: {problem.text}"


def root():
  return pathlib.Path(__file__).resolve().parents[2]


def list_files(*suffixes, cwd=None):
  """Returns the paths that git knows or would add, with one of the suffixes if any."""
  output = subprocess.run(
      ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      cwd=cwd or root(), check=True, stdout=subprocess.PIPE).stdout.decode()
  paths = sorted(set(path for path in output.split("\0") if path))
  return [
      path for path in paths
      if (not suffixes or path.endswith(suffixes)) and
      (pathlib.Path(cwd or root()) / path).is_file()
  ]


def read_files(paths, cwd=None):
  """Yields (path, text) of each file that is text."""
  for path in paths:
    try:
      yield path, (pathlib.Path(cwd or root()) / path).read_text("utf-8")
    except UnicodeDecodeError:
      continue
