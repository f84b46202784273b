"""./dev interop runs the interop cases on each transport, plain and over TLS.

Every case is a run of interop_client of its own against a grpc-go server. Prints a
table, and exits with 1 if a case fails.
"""

import argparse
import concurrent.futures
import itertools
import re
import subprocess
import sys

_TLS_NAME = "foo.test.google.fr"


class Server:
  """Runs a server program within a with statement."""

  def __init__(self, program, tls):
    self._command = [program] + (["--use_tls"] if tls else [])
    self._process = None
    self.port = 0

  def __enter__(self):
    self._process = subprocess.Popen(
        self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = self._process.stdout.readline()
    match = re.search(r"\bport=(\d+)", line)
    if not match:
      self.__exit__()
      raise RuntimeError(f"{self._command[0]} did not start")
    self.port = int(match.group(1))
    return self

  def __exit__(self, *_):
    self._process.stdin.close()  # the server ends with its standard input
    self._process.stdout.close()
    self._process.wait()


def run_case(client, ca, transport, tls, port, case, timeout):
  """Runs a case with a client (a command as a list). Returns its error, or None."""
  command = client + [
      "--server_host=localhost", f"--server_port={port}",
      f"--test_case={case}", f"--transport={transport}"
  ]
  if tls:
    command += ["--use_tls", "--use_test_ca", f"--test_ca_file={ca}",
                f"--server_host_override={_TLS_NAME}"]
  try:
    result = subprocess.run(command, check=False, timeout=timeout,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
  except subprocess.TimeoutExpired:
    return f"did not end within {timeout} s"
  if result.returncode == 0:
    return None
  return result.stdout.decode(errors="replace").strip() or (
      f"exit code {result.returncode}")


def list_cases(client):
  """Returns the names of the client's cases."""
  return subprocess.run(client + ["--test_case=list"], check=True, text=True,
                        stdout=subprocess.PIPE).stdout.split()


def _parse():
  parser = argparse.ArgumentParser(prog="./dev interop", description=__doc__)
  parser.add_argument("--client", required=True, help="interop_client")
  parser.add_argument("--server", required=True, help="the grpc-go server")
  parser.add_argument("--ca", required=True, help="the server's root certificate")
  parser.add_argument("--transport", action="append",
                      choices=["loopy", "chttp2"], help="may be repeated")
  parser.add_argument("--case", action="append", help="may be repeated")
  parser.add_argument("--timeout", type=float, default=60,
                      help="seconds for one case")
  return parser.parse_args()


def _print_table(columns, cases, results):
  width = max(map(len, cases))
  print(" " * width, *(f"{name:>14}" for name in columns))
  for case in cases:
    cells = ("ok" if results[column, case] is None else "FAILED"
             for column in columns)
    print(f"{case:<{width}}", *(f"{cell:>14}" for cell in cells))


def main():
  options = _parse()
  cases = options.case or list_cases([options.client])
  transports = options.transport or ["loopy", "chttp2"]
  with Server(options.server, False) as plain, \
      Server(options.server, True) as secure, \
      concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
    futures = {}
    columns = []
    for transport, tls in itertools.product(transports, (False, True)):
      columns.append(f"{transport}{' TLS' if tls else ''}")
      for case in cases:
        futures[columns[-1], case] = pool.submit(
            run_case, [options.client], options.ca, transport, tls,
            (secure if tls else plain).port, case, options.timeout)
    results = {key: future.result() for key, future in futures.items()}
  _print_table(columns, cases, results)
  failures = {key: text for key, text in results.items() if text is not None}
  for (column, case), text in failures.items():
    print(f"\n{column} {case}: {text}")
  print(f"{len(results) - len(failures)} passed, {len(failures)} failed")
  return 1 if failures or not results else 0


if __name__ == "__main__":
  sys.exit(main())
