"""Reports links of the documents to files and headings that do not exist.

The links and pictures of Markdown files are followed, except those to other sites. In
other files the name of a document, as comments have it, is a link.
"""

import posixpath
import re
import urllib.parse

from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin

from tools.presubmit.repository import Problem

_PARSER = MarkdownIt("commonmark").enable("table").use(
    anchors_plugin, max_level=6)  # its anchors are GitHub's
_DOCUMENT = re.compile(r"(?<![\w/.-])docs/[\w-]+\.md(?:#[\w-]+)?")


def _anchors(tokens):
  return {token.attrs["id"] for token in tokens if token.type == "heading_open"}


def _links(tokens):
  """Yields (line, target) of each link and picture."""
  for token in tokens:
    for child in token.children or []:
      target = child.attrs.get("href", child.attrs.get("src"))
      if target:
        yield token.map[0] + 1 if token.map else 1, target


def check(files, paths):
  """Returns the problems in an iterable of (path, text).

  Args:
    files: the files that are text.
    paths: the paths of all files.
  """
  files = dict(files)
  parsed = {path: _PARSER.parse(text) for path, text in files.items()
            if path.endswith(".md")}
  anchors = {path: _anchors(tokens) for path, tokens in parsed.items()}
  existing = {"."}
  for path in paths:
    while path:
      existing.add(path)
      path = posixpath.dirname(path)
  problems = []

  def follow(source, line, target, folder):
    path, _, anchor = target.partition("#")
    path = posixpath.normpath(posixpath.join(folder, path)) if path else source
    if path not in existing:
      problems.append(Problem(source, line, f"no such file: {target}"))
    elif anchor and anchor not in anchors.get(path, ()):
      problems.append(Problem(source, line, f"no such heading: {target}"))

  for source, tokens in parsed.items():
    for line, target in _links(tokens):
      if not urllib.parse.urlsplit(target).scheme:
        follow(source, line, urllib.parse.unquote(target),
               posixpath.dirname(source))
  for source, text in files.items():
    if source not in parsed:
      for line, words in enumerate(text.splitlines(), 1):
        for match in _DOCUMENT.finditer(words):
          follow(source, line, match.group(0), "")
  return problems
