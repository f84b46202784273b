"""Serves gRPC's negative HTTP/2 test cases, from gRPC's own sources.

Usage: server.py FOLDER, which is test/http2_test of gRPC. It prints the port of each
case as a line of JSON. It ends with its standard input, and then prints the number of
connections of each case, and all errors.

Those sources are written for Python 2 and an old hyper-h2. They are brought up to date
when they are loaded.
"""

import json
import pathlib
import re
import sys
import types

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from twisted.internet import protocol
from twisted.internet import reactor
from twisted.internet import stdio
from twisted.logger import globalLogPublisher

_CHANGES = [
    (r"([\w.]+)\.has_key\(([^)]*)\)", r"(\2 in \1)"),
    (r"H2Connection\(client_side=False\)",
     "H2Connection(h2.config.H2Configuration(client_side=False))"),
    (r"PingAcknowledged\b(?!')", "PingAckReceived"),
    (r"(_recv_buffer\[event\.stream_id\] =) ''", r"\1 b''"),
    (r"response_len / 2", "response_len // 2"),
]

# Each case has a module, a class, and whether that takes the connection's number.
_CASES = {
    "goaway": ("test_goaway", "TestcaseGoaway", True),
    "max_streams": ("test_max_streams", "TestcaseSettingsMaxStreams", False),
    "ping": ("test_ping", "TestcasePing", False),
    "rst_after_data": ("test_rst_after_data", "TestcaseRstStreamAfterData",
                       False),
    "rst_after_header": ("test_rst_after_header",
                         "TestcaseRstStreamAfterHeader", False),
    "rst_during_data": ("test_rst_during_data", "TestcaseRstStreamDuringData",
                        False),
}


def _load(folder, name):
  source = (folder / f"{name}.py").read_text("utf-8")
  for old, new in _CHANGES:
    source = re.sub(old, new, source)
  module = types.ModuleType(name)
  sys.modules[name] = module
  exec(compile(source, name + ".py", "exec"), module.__dict__)  # pylint: disable=exec-used
  return module


class _Factory(protocol.Factory):
  """Makes a case's protocol for each connection."""

  def __init__(self, module, class_name, numbered):
    self._make = getattr(module, class_name)
    self._numbered = numbered
    self.connections = 0

  def buildProtocol(self, addr):  # pylint: disable=invalid-name
    self.connections += 1
    case = self._make(self.connections) if self._numbered else self._make()
    return case.get_base_server()


class _Input(protocol.Protocol):

  def connectionLost(self, reason=protocol.connectionDone):  # pylint: disable=invalid-name
    reactor.stop()


def main():
  folder = pathlib.Path(sys.argv[1])
  for name in ["messages_pb2", "http2_base_server"]:
    _load(folder, name)
  errors = []
  globalLogPublisher.addObserver(
      lambda event: event.get("log_failure") and
      errors.append(event["log_failure"].getTraceback()))
  factories = {case: _Factory(_load(folder, module), *rest)
               for case, (module, *rest) in _CASES.items()}
  ports = {case: reactor.listenTCP(0, factory, interface="127.0.0.1")
           for case, factory in factories.items()}
  print(json.dumps({case: port.getHost().port for case, port in ports.items()}),
        flush=True)
  stdio.StandardIO(_Input())
  reactor.run()
  print(json.dumps({
      "connections": {case: factory.connections
                      for case, factory in factories.items()},
      "errors": errors,
  }), flush=True)


if __name__ == "__main__":
  main()
