"""Runs the suites against a client. Each returns its failures."""

import dataclasses
import json
import os
import pathlib
import re
import shlex
import subprocess

from tools.conformance import proxies
from tools.interop import run_matrix

_PYTHON = "/usr/bin/python3"  # Debian's packages are for this one
_HTTP2_TEST = "interop/conformance/http2_test"
_CONFIG = "interop/conformance/connectrpc.yaml"
_CA = "interop/go/testdata/ca.pem"
_SUITE_SECONDS = 300  # a suite that takes longer hangs
_CASE_SECONDS = 60  # and an interop case

# In these cases the server ends the call when the client does, or before the client
# has sent everything. A proxy may turn that into a reset, which overtakes what the
# client should see, over each transport. So one success of several tries is enough.
_RACES = ("timeout_on_sleeping_server", "client_compressed_streaming")
_RACE_TRIES = 5

_FAILED = re.compile(r"^FAILED: (.*):\n((?:\t.*\n?)*)", re.MULTILINE)
_TOTAL = re.compile(r"^Total cases: (\d+)$", re.MULTILINE)
_NOT_RUN = re.compile(r"^Another (\d+) could not be run", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Programs:
  """The programs that are the same for all clients."""
  tools: pathlib.Path  # the folder of the suites' programs
  server: str  # the grpc-go server
  proxies: pathlib.Path  # the folder of the unpacked proxies


@dataclasses.dataclass(frozen=True)
class Client:
  """A transport in a release of gRPC."""
  transport: str
  release: str
  command: str  # of conformance_client; may have arguments
  interop_command: str  # of interop_client

  @property
  def name(self):
    return f"{self.transport} {self.release}"

  def command_line(self, *arguments):
    return shlex.split(self.command) + [f"--transport={self.transport}",
                                        *arguments]


@dataclasses.dataclass
class Result:
  """The number of cases of a suite, and a dict from failures to their texts."""
  total: int
  failed: dict


class SuiteError(Exception):
  """Raised if a suite has no result."""


class Unavailable(Exception):
  """Raised if a suite cannot run on this machine."""


def _run(command):
  try:
    return subprocess.run(command, check=False, timeout=_SUITE_SECONDS,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", errors="replace")
  except subprocess.TimeoutExpired as error:
    raise SuiteError(f"it did not end within {_SUITE_SECONDS} s") from error


def parse_connectrpc(output):
  """Parses the output of connectconformance into a Result."""
  total = _TOTAL.search(output)
  if not total:
    raise SuiteError("there is no result: " + output[-500:])
  not_run = _NOT_RUN.search(output)
  if not_run:
    raise SuiteError(f"{not_run.group(1)} cases could not be run")
  failed = {case: " ".join(text.split()) for case, text in
            _FAILED.findall(output)}
  return Result(int(total.group(1)), failed)


def _run_connectrpc(programs, client, connections, alone, flags):
  result = _run([
      f"{programs.tools}/connectconformance", "--mode=client", f"--conf={_CONFIG}",
      "--port=0", *flags, "--", f"{programs.tools}/supervise",
      *(["-alone"] if alone else []), *client.command_line(*connections)])
  return parse_connectrpc(result.stdout or result.stderr)


def run_connectrpc(programs, client, harmful, connections):
  """Runs connectrpc's suite: most cases at once, and those that harm others alone."""
  result = _run_connectrpc(programs, client, connections, False,
                           ["--skip=" + pattern for pattern in harmful])
  if harmful:
    alone = _run_connectrpc(programs, client, connections, True,
                            ["--run=" + pattern for pattern in harmful])
    result.total += alone.total
    result.failed.update(alone.failed)
  return result


def connectrpc_shared(programs, client, harmful):
  return run_connectrpc(programs, client, harmful, [])


def connectrpc_per_call(programs, client, harmful):
  return run_connectrpc(programs, client, harmful, ["--connection_per_call"])


def h2spec(programs, client, _):
  """Runs h2spec's cases for clients."""
  result = _run([f"{programs.tools}/h2spec", *client.command_line()])
  outcomes = [json.loads(line) for line in result.stdout.splitlines()]
  if result.returncode or not outcomes:
    raise SuiteError("there is no result: " + result.stderr[-500:])
  return Result(len(outcomes), {outcome["case"]: outcome["details"]
                                for outcome in outcomes
                                if not outcome["passed"]})


class _Http2TestServer:
  """Runs the servers of gRPC's negative cases within a with statement."""

  def __init__(self, tools):
    self._command = [_PYTHON, f"{_HTTP2_TEST}/server.py",
                     f"{tools.parent}/http2_test/cases"]
    self._process = None

  def __enter__(self):
    """Returns the port of each case."""
    environment = dict(os.environ)
    # The cases' generated code is older than the other implementation.
    environment["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"
    self._process = subprocess.Popen(
        self._command, env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = self._process.stdout.readline()
    if not line:
      raise SuiteError("the server: " + self._process.communicate()[1][-500:])
    return json.loads(line)

  def end(self):
    """Ends the servers, and returns what they recorded."""
    output, _ = self._process.communicate("", timeout=_SUITE_SECONDS)
    return json.loads(output)

  def __exit__(self, *_):
    if self._process.poll() is None:
      self._process.kill()
      self._process.communicate()


def _http2_case(client, case, port):
  """Returns the error of a case, or None."""
  result = _run(client.command_line(f"--http2_case={case}",
                                    f"127.0.0.1:{port}"))
  if result.returncode == 0:
    return None
  return result.stderr.strip() or f"exit code {result.returncode}"


def http2_test(programs, client, _):
  """Runs gRPC's negative HTTP/2 cases. The server also judges two of them."""
  if _run([_PYTHON, "-c", "import google.protobuf, h2, twisted"]).returncode:
    raise Unavailable("python3-h2, python3-protobuf or python3-twisted is not "
                      "installed")
  server = _Http2TestServer(programs.tools)
  with server as ports:
    outcomes = {case: _http2_case(client, case, port)
                for case, port in ports.items()}
    seen = server.end()
  failed = {case: text for case, text in outcomes.items() if text}
  if seen["connections"]["goaway"] != 2:
    failed.setdefault("goaway", "the second call was made on the connection "
                      "that the server had left")
  if seen["errors"]:  # such as a PING without its answer
    failed.setdefault("ping", seen["errors"][0])
  return Result(len(outcomes), failed)


def _through(proxy):
  """Returns the suite of the interop cases through a proxy, plain and over TLS."""

  def suite(programs, client, _):
    if not proxies.find(programs.proxies, proxy):
      raise Unavailable(f"{proxy} could not be had when the proxies were "
                        f"fetched into {programs.proxies.name}")
    command = shlex.split(client.interop_command)

    def run_case(case, tls, port):
      for _ in range(_RACE_TRIES if case in _RACES else 1):
        text = run_matrix.run_case(command, _CA, client.transport, tls, port,
                                   case, _CASE_SECONDS)
        if text is None:
          break
      return text

    cases = run_matrix.list_cases(command)
    with run_matrix.Server(programs.server, False) as server, \
        proxies.run(proxy, programs.proxies, server.port) as ports:
      outcomes = {
          f"{case}{'/TLS' if tls else ''}": run_case(case, tls, port)
          for tls, port in ports.items() for case in cases}
    return Result(len(outcomes), {case: text for case, text in outcomes.items()
                                  if text})

  return suite


# A suite's title maps to its name among the known failures, and its function. Both
# of connectrpc have the same known failures.
SUITES = {
    "connectrpc, one connection": ("connectrpc", connectrpc_shared),
    "connectrpc, one for each call": ("connectrpc", connectrpc_per_call),
    "h2spec": ("h2spec", h2spec),
    "gRPC's negative HTTP/2 cases": ("http2_test", http2_test),
    **{f"interop cases through {proxy}": (proxy, _through(proxy))
       for proxy in proxies.PROXIES},
}
