"""Plants one forbidden string of each kind."""

import unittest

from tools.presubmit import check_paths


class CheckPathsTest(unittest.TestCase):

  def test_machine_paths_are_reported(self):
    for path in ("/" + "root/x", "see /" + "home/ann/x", '"/' + 'work/main"',
                 "/tmp/" + "grpc_src/src"):
      self.assertEqual(1, len(check_paths.check([("f", "a\n" + path)])), path)

  def test_other_paths_are_fine(self):
    for path in ("//transport/base", "$HOME/" + "root/x", "a/home/b", "/tmp/x",
                 "https://example.com/" + "work/x", "/usr/share/x",
                 "~/" + "work/x"):
      self.assertEqual([], check_paths.check([("f", path)]), path)

  def test_registries_are_reported(self):
    for host in ("pypi" + ".org", "https://registry." + "npmjs.org/x",
                 "proxy." + "golang.org", "deb." + "debian.org"):
      self.assertEqual(1, len(check_paths.check([("f", host)])), host)

  def test_a_conflict_marker_is_reported(self):
    self.assertEqual(1, len(check_paths.check([("f", "<" * 7 + " HEAD")])))


if __name__ == "__main__":
  unittest.main()
