"""./dev test runs everything that CI runs.

Each phase is a build of its own. A test counts once for each build that it runs
in. With targets, only these are tested, in the builds of gcc and the sanitizers.
"""

import argparse
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

# pylint: disable=wrong-import-position
from tools.presubmit import bazel
from tools.presubmit import canaries
from tools.presubmit import header_releases
from tools.presubmit import other_grpc
from tools.presubmit import repository
from tools.presubmit import run_checks
from tools.presubmit.bazel_results import FAILED, SKIPPED
from tools.presubmit.tally import Tally

# This is true in the root folder that has gRPC 1.83.
_IN_ROOT = "LOOPY_ROOT" in os.environ


def _without(*folders):
  return [f"-//tests/{folder}/..." for folder in folders]


# gcc tests _ALL. asan tests _SANITIZED: without the tests that start servers, most
# of whose code is in libraries that no sanitizer sees. tsan tests _THREADED:
# without the tests that have one thread, in which nothing can race.
_ALL = ["//..."]
_SANITIZED = ["//tests/..."] + _without("integration")
_THREADED = _SANITIZED + _without("flow", "fuzz", "hpack", "model", "reader",
                                  "wire", "writer")
_WITH_SOCKETS = ["//tests/adapter/...", "//tests/integration/..."]
if _IN_ROOT:
  # These depend on the release of gRPC. Go, the tools and the layers that are the
  # same under each release are tested outside.
  _ALL = ["//tests/...", "//transport/...", "//examples/..."] + _without(
      "control", "flow", "fuzz", "model", "reader", "stream", "wire", "writer")
  _SANITIZED = ["//tests/adapter/..."]

# A project whose dependencies are modules.
_MODULE = ["--enable_bzlmod", "--noenable_workspace", "--lockfile_mode=off"]

# The tests of the adapter that need nothing of gRPC but its core.
_WITH_CORE_ALONE = [
    "@grpc_loopy//tests/adapter:" + test
    for test in ("adapter_test", "c_api_test", "endpoint_test")]

# Debian 12's ThreadSanitizers need an address space that is not too random.
_TSAN_MAX_RANDOM_BITS = 28


def _count(tally, build, results, output, code):
  """Counts the results of one `bazel test`."""
  failed = 0
  for result in results:
    name = f"{build} {result.label}"
    if result.outcome == FAILED:
      failed += 1
      tally.fails(name)
    elif result.outcome == SKIPPED:
      tally.skips(name, "cannot run here")
    else:
      tally.passes(name)
  if code and not failed:
    tally.fails(f"{build} build")
  if code:
    print(output, flush=True)


def _test(tally, build, arguments):
  results, output, code = bazel.test(arguments)
  _count(tally, build, results, output, code)


def _tsan_flags():
  bits = pathlib.Path("/proc/sys/vm/mmap_rnd_bits")
  if bits.exists() and int(bits.read_text()) > _TSAN_MAX_RANDOM_BITS:
    return ["--run_under=setarch --addr-no-randomize"]
  return []


def phase_check(tally, _):
  for name, check in run_checks.CHECKS.items():
    if name != "lint":
      check(tally)


def phase_gcc(tally, targets):
  _test(tally, "gcc", ["--"] + (targets or _ALL))


def phase_event_engine(tally, targets):
  # The build is gcc's. gRPC's EventEngine reads and writes, not our I/O loop.
  _test(tally, "event-engine", ["--test_env=LOOPY_IO_LOOP=0", "--"] +
        (targets or _WITH_SOCKETS))


def phase_headers(tally, _):
  # The root has no pip, so ./dev has fetched them outside.
  header_releases.run(tally, pathlib.Path(os.environ["LOOPY_HEADERS"]))


def phase_lint(tally, _):
  run_checks.check_lint(tally)


def phase_asan(tally, targets):
  if not targets:
    # clang checks the layers and the locks of the whole transport here.
    output, code = bazel.run(
        ["build", "--keep_going", "--config=asan-ubsan", "//transport/..."])
    if code:
      tally.fails("asan-ubsan build", output)
    else:
      tally.passes("asan-ubsan build")
  _test(tally, "asan-ubsan",
        ["--config=asan-ubsan", "--"] + (targets or _SANITIZED))


def phase_tsan(tally, targets):
  _test(tally, "tsan", ["--config=tsan"] + _tsan_flags() + ["--"] +
        (targets or _THREADED))


def phase_canary(tally, _):
  canaries.run_sources(tally)
  canaries.run_tests(tally, "asan-ubsan", [])
  if "tsan" in PHASES:
    canaries.run_tests(tally, "tsan", _tsan_flags())


def phase_fuzz(tally, _):
  labels = bazel.query('attr(tags, "libfuzzer", tests(//tests/...))')
  if not labels:
    tally.fails("fuzz", "no fuzz targets were found")
    return
  _test(tally, "fuzz", ["--config=fuzz"] + labels)


def phase_soak(tally, _):
  seconds = os.environ.get("SOAK_SECONDS", "60")
  result = subprocess.run(
      ["./dev", "soak", f"--seconds={seconds}"], cwd=repository.root(),
      check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
  output = result.stdout.decode(errors="replace")
  if result.returncode:
    tally.fails("soak", output)
  else:
    tally.passes("soak")


def _test_project(tally, build, folder, flags, targets=("//...",)):
  """Tests a Bazel project of its own."""
  results, output, code = bazel.test([*flags, *targets], folder=folder)
  _count(tally, build, results, output, code)
  bazel.run(["shutdown"], folder=folder)


def _link_grpc_module(sources, *options):
  subprocess.run(["third_party/grpc_module/link_sources.sh", sources, *options],
                 cwd=repository.root(), check=True)


def phase_consumer(tally, _):
  # NDEBUG, as with -c opt.
  if not _IN_ROOT:  # with its WORKSPACE
    _test_project(tally, "consumer", "examples/bazel_consumer",
                  ["--copt=-DNDEBUG"])
    return
  _test_project(tally, "consumer", "examples/bazel_consumer",
                ["--copt=-DNDEBUG"] + _MODULE)
  _link_grpc_module(os.environ["GRPC_SOURCE_DIR"])
  _test_project(tally, "consumer", "examples/bazel_from_source", _MODULE)


def phase_newer_core(tally, _):
  # The root has no pip, so ./dev has fetched the sources outside.
  sources = pathlib.Path(os.environ["LOOPY_NEWER_CORE"])
  if not sources.is_dir():
    tally.fails("newer-core", f"{sources} could not be fetched")
    return
  _link_grpc_module(str(sources), "--with_code")
  _test_project(tally, "newer-core", "examples/bazel_from_source", _MODULE,
                _WITH_CORE_ALONE)


def phase_package(tally, _):
  other_grpc.run_packages(tally)


def phase_grpc_1_83(tally, targets):
  other_grpc.run(tally, targets)


def phase_conformance(tally, _):
  other_grpc.run_conformance(tally)


# The order keeps phases that use the same build together.
PHASES = {
    "check": phase_check,
    "gcc": phase_gcc,
    "lint": phase_lint,
    "asan": phase_asan,
    "tsan": phase_tsan,
    "canary": phase_canary,
    "fuzz": phase_fuzz,
    "soak": phase_soak,
    "consumer": phase_consumer,
    "package": phase_package,
    "grpc-1.83": phase_grpc_1_83,
    "conformance": phase_conformance,  # after the phase that makes 1.83's root
}
_OF_TARGETS = ["gcc", "asan", "tsan"]
if _IN_ROOT:
  # Without tsan, which cannot judge the threads of libgrpc.so: tests of gRPC's own
  # threads do not run under it.
  PHASES = {"gcc": phase_gcc, "event-engine": phase_event_engine,
            "headers": phase_headers, "asan": phase_asan,
            "canary": phase_canary, "consumer": phase_consumer,
            "newer-core": phase_newer_core}
  _OF_TARGETS.remove("tsan")
# These run only if --only names them.
_OPTIONAL = ["newer-core"]  # compiles gRPC's core


def _parse(arguments):
  parser = argparse.ArgumentParser(prog="./dev test", description=__doc__)
  parser.add_argument("--only", metavar="PHASE[,PHASE]",
                      help="phases to run, of " + ", ".join(PHASES))
  parser.add_argument("targets", nargs="*", metavar="TARGET",
                      help="a pattern such as //tests/flow/...")
  options = parser.parse_args(arguments)
  phases = options.only.split(",") if options.only else (
      _OF_TARGETS if options.targets else
      [phase for phase in PHASES if phase not in _OPTIONAL])
  for phase in phases:
    if phase not in PHASES:
      parser.error(f"no such phase: {phase}")
  return phases, options.targets


def main(arguments):
  phases, targets = _parse(arguments)
  tally = Tally()
  for phase in phases:
    tally.note(f"---- {phase}")
    PHASES[phase](tally, targets)
  return tally.finish()


if __name__ == "__main__":
  sys.exit(main(sys.argv[1:]))
