"""Plants one broken link of each kind."""

import unittest

from tools.presubmit import check_links

# In pieces, so that the check does not report this file.
_DOCS = "docs" + "/"
_PAGE = (_DOCS + "page.md", "# The page\n\n## What `x` costs, and why\n")


def _check(text, path="README.md"):
  files = [_PAGE, ("tools/x.py", ""), (path, text)]
  return check_links.check(files, [name for name, _ in files] + ["a.png"])


class CheckLinksTest(unittest.TestCase):

  def test_broken_links_are_reported(self):
    for link in (f"[a]({_DOCS}other.md)", "[a](docs)[b](doc)", "[a](#none)",
                 f"[a]({_DOCS}page.md#none)", f"![a]({_DOCS}none.svg)",
                 "| a |\n|---|\n| [a](none.md) |\n", "[a](tools/x.py#l)",
                 "[a][b]\n\n[b]: none.md"):
      self.assertGreaterEqual(len(_check(link)), 1, link)

  def test_a_problem_has_its_line(self):
    problems = _check("# A\n\ntext\n\n[a](none.md)\n")
    self.assertEqual([("README.md", 5)], [(p.path, p.line) for p in problems])

  def test_other_links_are_fine(self):
    for link in (f"[a]({_DOCS}page.md)", "[a](docs)", "[a](docs/)", "![a](a.png)",
                 f"[a]({_DOCS}page.md#what-x-costs-and-why)", "# A b\n[a](#a-b)",
                 "[a](https://example.com/none#x)", "    [a](code.md)",
                 "`[a](code.md)`", "[a](mailto:a@example.com)"):
      self.assertEqual([], _check(link), link)

  def test_links_are_relative_to_their_file(self):
    self.assertEqual([], _check("[a](page.md) [b](../tools)", _DOCS + "a.md"))
    self.assertEqual(1, len(_check("[a](tools)", _DOCS + "a.md")))

  def test_documents_that_sources_name(self):
    for text in (f"// see {_DOCS}none.md", f'"{_DOCS}page.md#none"'):
      self.assertEqual(1, len(_check(text, "a.cc")), text)
    for text in (f"// ({_DOCS}page.md#the-page)", f"x/{_DOCS}none.md"):
      self.assertEqual([], _check(text, "a.cc"), text)


if __name__ == "__main__":
  unittest.main()
