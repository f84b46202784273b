"""./dev conformance runs the suites that others wrote, on each transport and release.

It fails if a case fails that is not known to fail, or one passes that is.
"""

import argparse
import concurrent.futures
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

# pylint: disable=wrong-import-position
from tools.conformance import known_failures
from tools.conformance import suites
from tools.presubmit.tally import Tally

_KNOWN = "interop/conformance/known_failures.toml"
_TRANSPORTS = ["loopy", "chttp2"]

# Sometimes a connection of 1.51's chttp2 breaks, and other cases fail with it. It
# is here for comparison, so that its failures are tried again.
_TRIES = {"loopy": 1, "chttp2": 3}


def _parse():
  parser = argparse.ArgumentParser(prog="./dev conformance",
                                   description=__doc__)
  parser.add_argument("--tools", required=True, type=pathlib.Path,
                      help="the suites' programs")
  parser.add_argument("--client", required=True, action="append",
                      metavar="RELEASE=COMMAND", help="conformance_client")
  parser.add_argument("--interop_client", required=True, action="append",
                      metavar="RELEASE=COMMAND", help="interop_client")
  parser.add_argument("--server", required=True, help="the grpc-go server")
  parser.add_argument("--proxies", required=True, type=pathlib.Path,
                      help="the folder of the unpacked proxies")
  parser.add_argument("--skip_release", action="append", default=[],
                      metavar="RELEASE=REASON",
                      help="a release that cannot be had here")
  parser.add_argument("--transport", action="append", choices=_TRANSPORTS,
                      help="may be repeated")
  parser.add_argument("--suite", action="append", choices=suites.SUITES,
                      help="may be repeated")
  parser.add_argument("--verbose", action="store_true",
                      help="also print the suite's text of each known failure")
  return parser.parse_args()


def _clients(options):
  interop_commands = dict(each.split("=", 1) for each in options.interop_client)
  for each in options.client:
    release, command = each.split("=", 1)
    for transport in options.transport or _TRANSPORTS:
      yield suites.Client(transport, release, command,
                          interop_commands[release])


def _run(suite, programs, client, known):
  """Returns the result of a suite, and its comparison with the known failures."""
  key, run = suites.SUITES[suite]
  for _ in range(_TRIES[client.transport]):
    result = run(programs, client, known.harmful(key, client.name))
    judgement = known.judge(key, client.name, result.failed)
    if not judgement.unexpected and not judgement.passed:
      break
  return result, judgement


def _judge(tally, suite, client, outcome, verbose):
  """Counts one suite on one client, and returns the table's cell."""
  name = f"{suite}, {client.name}"
  try:
    result, judgement = outcome.result()
  except suites.Unavailable as error:
    tally.skips(name, error)
    return "skipped"
  except (suites.SuiteError, RuntimeError) as error:
    tally.fails(name, f"{name}: {error}")
    return "no result"
  details = [f"  fails, and is not known to: {case}\n    {text}"
             for case, text in judgement.unexpected]
  details += [f"  passes, and is known to fail: {case}"
              for case in judgement.passed]
  if verbose:
    details += [f"  known to fail: {case}\n    {result.failed[case]}"
                for case, _ in judgement.known]
  passed = result.total - len(result.failed)
  line = f"{name}: {passed} of {result.total} pass"
  # The built-in transport is there for comparison. Its unexpected results are
  # printed, and are no failures of this project.
  if client.transport == "loopy" and (judgement.unexpected or judgement.passed):
    tally.fails(line, "\n".join(details))
  else:
    tally.passes(line)
    if details:
      print("\n".join(details))
  return f"{passed} of {result.total}"


def _print_table(rows, columns, cells):
  width = max(map(len, rows))
  print("\n" + " " * width, *(f"{client.name:>13}" for client in columns))
  for row in rows:
    print(f"{row:<{width}}", *(f"{cells[row, client]:>13}"
                               for client in columns))
  print()


def main():
  options = _parse()
  known = known_failures.parse(pathlib.Path(_KNOWN).read_text("utf-8"))
  clients = list(_clients(options))
  programs = suites.Programs(options.tools, options.server, options.proxies)
  names = options.suite or list(suites.SUITES)
  tally = Tally()
  cells = {}
  # The suites wait most of the time, for events that must not happen.
  with concurrent.futures.ThreadPoolExecutor(max_workers=3) as pool:
    outcomes = {}
    for suite in names:
      for client in clients:
        outcomes[suite, client] = pool.submit(_run, suite, programs, client,
                                              known)
    for (suite, client), outcome in outcomes.items():
      cells[suite, client] = _judge(tally, suite, client, outcome,
                                    options.verbose)
  for release in options.skip_release:
    tally.skips("gRPC " + release.split("=", 1)[0],
                release.split("=", 1)[1])
  _print_table(names, clients, cells)
  print(f"{_KNOWN} lists the known failures and their causes.")
  return tally.finish()


if __name__ == "__main__":
  sys.exit(main())
