"""Plants another version in each file that has a copy of it."""

import unittest

from tools.presubmit import check_version

_FILES = {
    "include/loopy/version.h": '// x\n#define LOOPY_VERSION "1.2.3"\n',
    "MODULE.bazel": 'module(\n    name = "x",\n    version = "1.2.3",\n)\n',
    "debian/changelog": "grpc-loopy (1.2.3) unstable; urgency=low\n\n"
                                  "grpc-loopy (1.2.2) unstable; urgency=low\n",
}


class CheckVersionTest(unittest.TestCase):

  def test_equal_versions_are_fine(self):
    self.assertEqual([], check_version.check(_FILES))

  def test_another_version_is_reported(self):
    for path in check_version.COPIES:
      files = dict(_FILES)
      files[path] = files[path].replace("1.2.3", "1.2.4")
      self.assertEqual([path], [p.path for p in check_version.check(files)])

  def test_a_missing_version_is_reported(self):
    for path in _FILES:
      files = dict(_FILES)
      files[path] = "nothing"
      self.assertEqual([path], [p.path for p in check_version.check(files)])


if __name__ == "__main__":
  unittest.main()
