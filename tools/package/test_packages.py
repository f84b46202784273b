"""Installs the Debian packages in a root folder, uses and removes them.

`./dev package --test` makes the root, and runs this as root in a mount namespace
of its own.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

# pylint: disable=wrong-import-position
from tools.presubmit import repository
from tools.presubmit.tally import Tally

_TIMEOUT_S = 300
_LIBRARY = "libgrpc-loopy1"
_DEV = "libgrpc-loopy-dev"
_RUN = "grpc-loopy-run"
_CHTTP2 = "; chttp2)"
_LOOPY = "; loopy_http2)"

# Prints the version, by nothing but the installed header and library.
_VERSION_PROGRAM = """\
#include <loopy/loopy.h>
#include <cstdio>
#include <cstring>
int main() {
  std::puts(loopy::Version());
  return std::strcmp(loopy::Version(), LOOPY_VERSION);
}
"""


def _run(command, **options):
  """Returns the output and the exit code."""
  result = subprocess.run(
      command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
      stdin=subprocess.DEVNULL, timeout=_TIMEOUT_S, encoding="utf-8",
      errors="replace", **options)
  return result.stdout, result.returncode


class Root:
  """The root folder, with a copy of the packages and of what uses them."""

  def __init__(self, folder, packages):
    self._folder = folder
    self.stage = folder / "stage"
    self.stage.mkdir()
    for package in packages.glob("*.deb"):
      if "-dbgsym_" not in package.name:
        shutil.copy(package, self.stage)
    shutil.copytree(repository.root() / "examples/cmake_consumer",
                    self.stage / "cmake_consumer")
    for source in ("call.cc", "call.rb"):
      shutil.copy(repository.root() / "tools/package" / source, self.stage)
    (self.stage / "version.cc").write_text(_VERSION_PROGRAM, "utf-8")
    for file in ("resolv.conf", "hosts"):
      shutil.copy(pathlib.Path("/etc") / file, folder / "etc" / file)
    subprocess.run(["mount", "-t", "proc", "proc", folder / "proc"], check=True)
    subprocess.run(["mount", "--bind", "/dev", folder / "dev"], check=True)

  def run(self, script):
    """Runs lines of shell in the root's folder /stage."""
    return _run(["chroot", self._folder, "/usr/bin/env", "-i",
                 "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
                 "DEBIAN_FRONTEND=noninteractive", "sh", "-euc",
                 "cd /stage\n" + script])

  def install(self, *names):
    debs = " ".join(f"./{name}_*.deb" for name in names)
    return self.run(f"apt-get -q -y --no-install-recommends install {debs}")

  def has(self, program):
    return (self._folder / "usr/bin" / program).exists()

  def files(self):
    """Returns what lies where packages of ours install something."""
    return {str(path.relative_to(self._folder))
            for path in self._folder.glob("usr/**/*loopy*")}


class Tests:
  """The steps, each of which is one result."""

  def __init__(self, tally, root):
    self._tally = tally
    self._root = root
    # These know nothing of loopy. Only Debian 12 has Ruby's gRPC.
    self._programs = ["./call"] + (["ruby call.rb"] if root.has("ruby") else [])

  def _expect(self, name, result, wanted=(), code=0):
    output, got = result
    missing = [text for text in wanted if text not in output]
    if got == code and not missing:
      self._tally.passes(name)
    else:
      self._tally.fails(name, f"{output}\nexit code {got}, and not in the "
                              f"output: {missing}")

  def develop(self):
    """A program is built by CMake, and another one by pkg-config."""
    self._expect("install the library and its header",
                 self._root.install(_LIBRARY, _DEV))
    self._expect("find_package", self._root.run("""
        cmake -G Ninja -S cmake_consumer -B consumer
        grep '^grpc_loopy_DIR:PATH=/usr/lib/' consumer/CMakeCache.txt
        cmake --build consumer
        ctest --test-dir consumer --verbose"""), [_LOOPY])
    self._expect("pkg-config", self._root.run("""
        g++ -std=c++17 version.cc -o version $(pkg-config --cflags --libs grpc-loopy)
        ./version"""))
    self._expect("a program without loopy is built", self._root.run("""
        g++ -std=c++17 call.cc -o call $(pkg-config --cflags --libs grpc++)
        ./call"""), [_CHTTP2])

  def run_programs(self):
    """A program that knows nothing of loopy runs over it."""
    self._expect("install loopy-run", self._root.install(_RUN))
    for program in self._programs:
      self._expect(f"loopy-run {program}", self._root.run(
          "loopy-run --verbose --keepalive-time=20s --stats 500ms " + program),
                   [_LOOPY, "the environment sets LOOPY_KEEPALIVE_TIME_MS=20000 "
                            "LOOPY_STATS=0.500"])
      self._expect(f"loopy-run --off {program}",
                   self._root.run("loopy-run --off --verbose " + program),
                   [_CHTTP2, "loopy-run: off: "])
    self._expect("loopy-run passes arguments and the exit code on",
                 self._root.run("loopy-run sh -c 'echo \"$2\"; exit 7' x --off 'a b'"),
                 ["a b\n"], code=7)
    self._expect("loopy-run --help", self._root.run("loopy-run --help"),
                 ["Usage: loopy-run"])
    for arguments, complaint in (
        ("--keepalive-time=20 true", "not a time such as 500ms, 20s or 2m: '20'"),
        ("--stats=0s true", "--stats: not a time"),
        ("--max-pings-without-data=x true", "not a number: 'x'"),
        ("--keepalive-timeout=40000m true", "--keepalive-timeout: too long"),
        ("--nonsense true", "--nonsense"),
        ("", "which program?"),
        ("/no/such/program", "no such program: /no/such/program"),
    ):
      self._expect(f"loopy-run complains of '{arguments}'",
                   self._root.run(f"loopy-run {arguments}"), [complaint], code=2)

  def remove(self, files_before):
    """Nothing stays, and programs run as before."""
    self._expect("remove", self._root.run(
        f"apt-get -q -y purge {_LIBRARY} {_DEV} {_RUN}"))
    left = self._root.files() - files_before
    self._expect("nothing stays", (" ".join(sorted(left)), 1 if left else 0))
    for program in self._programs:
      self._expect(f"{program} without loopy", self._root.run(program), [_CHTTP2])

  def subdirectory(self, grpc_source_dir):
    """The consumer takes the sources. Only two of them are compiled here."""
    with tempfile.TemporaryDirectory() as build:
      output, code = _run([
          "cmake", "-G", "Ninja", "-S",
          repository.root() / "examples/cmake_consumer", "-B", build,
          f"-DGRPC_SOURCE_DIR={grpc_source_dir}",
          "-DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=NEVER"])
      if code == 0:
        ours = "_deps/grpc_loopy-build/CMakeFiles"
        output, code = _run(["ninja", "-C", build] + [
            f"{ours}/loopy.dir/transport/loopy.cc.o",
            f"{ours}/loopy_objects.dir/transport/adapter/registration/"
            "registration.cc.o"])
      self._expect("add_subdirectory", (output, code))


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--root", type=pathlib.Path, required=True)
  parser.add_argument("--packages", type=pathlib.Path, required=True)
  parser.add_argument("--grpc_source_dir",
                      help="also configures a project with the sources, here")
  options = parser.parse_args()
  tally = Tally()
  root = Root(options.root, options.packages)
  before = root.files()
  tests = Tests(tally, root)
  tests.develop()
  tests.run_programs()
  tests.remove(before)
  if options.grpc_source_dir:
    tests.subdirectory(options.grpc_source_dir)
  return tally.finish()


if __name__ == "__main__":
  sys.exit(main())
