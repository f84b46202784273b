"""Compiles what includes gRPC against the headers of releases that are not
installed.

The compiler checks syntax and types. Nothing is linked or run.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import tempfile

from tools.presubmit import repository

REQUIREMENTS = "tools/setup/grpc_headers_requirements.txt"

# These include gRPC. What is a release's own is taken from 1.83.
_SOURCES = ("transport/adapter/", "transport/releases/v1_83/",
            "transport/preload/", "transport/loopy.cc")

# Warnings are errors, as in Bazel's builds of the root
# (bazel/grpc_1_83.bazelrc has the last of these flags).
_COMMAND = ["clang++", "-std=c++17", "-I.", "-Iinclude", "-Wall", "-Wextra",
            "-Werror", "-Wno-deprecated-declarations"]

# Most sources include it, and with it most of gRPC's headers.
_COMMON_HEADER = "transport/adapter/release.h"

# These folders of a release are searched before the installed headers. Abseil,
# protobuf and gRPC's C++ library are the installed ones.
_FOLDERS = ("include", ".", "third_party/upb", "third_party/xxhash",
            "src/core/ext/upb-gen", "src/core/ext/upbdefs-gen")


def parse_versions(requirements):
  """Returns the versions in the text of REQUIREMENTS."""
  return re.findall(r"^grpcio==(\S+) ", requirements, re.MULTILINE)


def choose_sources(paths):
  """Returns those of the paths that include gRPC."""
  return [path for path in paths if path.startswith(_SOURCES)]


def _compile(headers, arguments):
  flags = [f"-isystem{headers / folder}" for folder in _FOLDERS]
  return subprocess.run(
      _COMMAND + flags + arguments, cwd=repository.root(), check=False,
      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def precompile(headers, output):
  """Compiles the common header once for all sources.

  Returns:
    The flags that use it. None of them if it does not compile: then the sources
    say why.
  """
  result = _compile(headers, ["-x", "c++-header", _COMMON_HEADER, "-o", output])
  return [] if result.returncode else ["-include-pch", output]


def compile_source(headers, source, flags):
  """Returns what the compiler says of a source, or None if it accepts it."""
  result = _compile(headers, ["-fsyntax-only", *flags, source])
  if not result.returncode:
    return None
  output = result.stdout.decode(errors="replace")
  return f"{output}{source} does not compile"


def count(tally, folder, versions, sources, compile_one=compile_source,
          prepare=precompile):
  """Counts one result for each release.

  Args:
    tally: counts them.
    folder: has a folder with the headers of each release, if it was fetched.
    versions: the releases.
    sources: the paths of the sources.
    compile_one: a function as compile_source.
    prepare: a function as precompile.
  """
  if not versions or not sources:
    tally.fails("headers", "there are no releases, or no sources")
  with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for version in versions:
      name = f"headers of gRPC {version}"
      headers = folder / version
      if not headers.is_dir():
        tally.skips(name, "they could not be fetched")
        continue
      with tempfile.TemporaryDirectory() as scratch:
        flags = prepare(headers, pathlib.Path(scratch) / "common.pch")
        outputs = list(pool.map(
            lambda source: compile_one(headers, source, flags), sources))
      complaints = [output for output in outputs if output is not None]
      if complaints:
        tally.fails(name, "\n".join(complaints))
      else:
        tally.passes(name)


def run(tally, folder):
  """Compiles this repository's sources, with the folder that count() wants."""
  text = (repository.root() / REQUIREMENTS).read_text("utf-8")
  count(tally, folder, parse_versions(text),
        choose_sources(repository.list_files(".cc")))
