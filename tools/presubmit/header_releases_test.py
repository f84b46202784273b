"""A release whose headers break a source must fail, alone and by its name."""

import contextlib
import io
import pathlib
import tempfile
import unittest

from tools.presubmit import header_releases
from tools.presubmit.tally import Tally


def _count(versions, fetched, sources, refused=()):
  """Returns the output of a count. `refused` are pairs of release and source."""
  def compile_one(headers, source, flags):
    if flags != [headers.name]:
      return "the header of another release"
    if (headers.name, source) in refused:
      return f"error in {source}"
    return None

  output = io.StringIO()
  with contextlib.redirect_stdout(output), \
      tempfile.TemporaryDirectory() as folder:
    for version in fetched:
      (pathlib.Path(folder) / version).mkdir()
    tally = Tally()
    header_releases.count(tally, pathlib.Path(folder), versions, sources,
                          compile_one, lambda headers, _: [headers.name])
    tally.finish()
  return output.getvalue()


class HeaderReleasesTest(unittest.TestCase):

  # Catches a count of sources, and a look at the first or last one only.
  def test_each_release_counts_once(self):
    releases = ["1.82.3", "1.84.2", "1.85.3"]
    text = _count(releases, releases, ["a.cc", "b.cc", "c.cc"],
                  [("1.84.2", "b.cc")])
    self.assertIn("PASS headers of gRPC 1.82.3\n", text)
    self.assertIn("error in b.cc\n", text)
    self.assertIn("FAILED: headers of gRPC 1.84.2\n", text)
    self.assertEqual("2 passed, 1 failed", text.splitlines()[-1])

  # Catches a release that passes because there was nothing to compile against.
  def test_a_release_that_is_not_there_is_skipped_by_name(self):
    text = _count(["1.82.3", "1.84.2"], ["1.84.2"], ["a.cc"])
    self.assertIn("SKIP headers of gRPC 1.82.3: they could not be fetched\n",
                  text)
    self.assertEqual("1 passed, 0 failed, 1 skipped", text.splitlines()[-1])

  # Catches a phase that passes although it has compiled nothing.
  def test_nothing_to_compile_fails(self):
    self.assertIn("FAILED: headers\n", _count(["1.82.3"], ["1.82.3"], []))
    self.assertIn("FAILED: headers\n", _count([], [], ["a.cc"]))

  # Catches a pattern that no longer fits the file.
  def test_versions_are_read(self):
    self.assertEqual(["1.82.3", "1.85.3"], header_releases.parse_versions(
        "# x\ngrpcio==1.82.3 --hash=sha256:0\ngrpcio==1.85.3 --hash=sha256:1\n"))

  # Catches a folder that is left out, and the sources of another release.
  def test_sources_are_those_that_include_grpc(self):
    chosen = ["transport/adapter/call/grpc_call.cc", "transport/loopy.cc",
              "transport/preload/preload_entry.cc",
              "transport/releases/v1_83/log.cc"]
    others = ["transport/releases/v1_51/log.cc", "transport/wire/frame.cc",
              "tests/adapter/call_test.cc"]
    self.assertEqual(chosen, header_releases.choose_sources(chosen + others))


if __name__ == "__main__":
  unittest.main()
