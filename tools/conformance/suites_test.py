"""The output of connectconformance is parsed."""

import unittest

from tools.conformance import suites

_OUTPUT = """\
FAILED: Group/TLS:false/(grpc server impl)/case:
\texpecting an error but received none
\texpecting 0 response messages but instead got 1
FAILED: Group/TLS:true/other:
\tthe client died: signal: aborted

Total cases: 12
10 passed, 2 failed
"""


class SuitesTest(unittest.TestCase):

  def test_what_failed(self):
    result = suites.parse_connectrpc(_OUTPUT)
    self.assertEqual(12, result.total)
    self.assertEqual({
        "Group/TLS:false/(grpc server impl)/case":
            "expecting an error but received none "
            "expecting 0 response messages but instead got 1",
        "Group/TLS:true/other": "the client died: signal: aborted",
    }, result.failed)

  def test_all_passed(self):
    result = suites.parse_connectrpc("Total cases: 12\n12 passed, 0 failed\n")
    self.assertEqual((12, {}), (result.total, result.failed))

  def test_no_result_is_no_success(self):
    for output in ["", "some error", _OUTPUT + "Another 3 could not be run due "
                   "to client timing out or exiting prematurely."]:
      with self.assertRaises(suites.SuiteError):
        suites.parse_connectrpc(output)


if __name__ == "__main__":
  unittest.main()
