"""Plants violations, one each, and expects that one is reported."""

import unittest

from tools.presubmit import check_layers


def _check(path, *includes):
  text = "".join(f'#include "{name}"\n' for name in includes)
  return check_layers.check([(path, text)])


class CheckLayersTest(unittest.TestCase):

  def test_upward_includes_are_fine(self):
    self.assertEqual([], _check(
        "transport/writer/loopy_writer.cc",
        "transport/writer/loopy_writer.h", "transport/control/item.h",
        "transport/wire/frame.h", "transport/base/slice.h", "absl/x.h"))
    self.assertEqual([], _check(
        "transport/core_glue/v1_51/vtable.cc",
        "src/core/lib/transport/transport_impl.h",
        "transport/connection/client_connection.h"))
    self.assertEqual([], _check("transport/loopy.cc",
                                "transport/core_glue/v1_51/registration.h"))

  def test_a_downward_include_is_reported_with_its_line(self):
    problems = _check("transport/base/slice.h", "absl/x.h",
                      "transport/wire/frame.h")
    self.assertEqual([("transport/base/slice.h", 2)],
                     [(p.path, p.line) for p in problems])

  def test_each_room_may_not_include_the_next(self):
    order = ["base", "wire", "control", "stream", "reader", "connection",
             "core_glue"]
    for lower, upper in zip(order, order[1:]):
      self.assertEqual(1, len(_check(f"transport/{lower}/x.cc",
                                     f"transport/{upper}/y.h")), lower)
      self.assertEqual([], _check(f"transport/{upper}/x.cc",
                                  f"transport/{lower}/y.h"), upper)

  def test_rooms_side_by_side_do_not_know_each_other(self):
    self.assertEqual(1, len(_check("transport/writer/x.cc",
                                   "transport/stream/y.h")))
    self.assertEqual(1, len(_check("transport/flow/x.cc",
                                   "transport/hpack/y.h")))

  def test_rooms_do_not_include_the_public_api(self):
    self.assertEqual(1, len(_check("transport/core_glue/x.cc",
                                   "transport/loopy.h")))

  def test_grpc_internals_only_in_core_glue(self):
    for path in ("transport/base/x.h", "transport/connection/x.cc",
                 "transport/loopy.cc", "interop/client/x.cc",
                 "tests/base/x_test.cc"):
      self.assertEqual(1, len(_check(path, "src/core/lib/x.h")), path)
    self.assertEqual([], _check("tests/core_glue/x_test.cc",
                                "src/core/lib/x.h"))

  def test_transport_does_not_include_tests(self):
    self.assertEqual(1, len(_check("transport/base/x.cc",
                                   "tests/fakes/fake_clock.h")))
    self.assertEqual([], _check("tests/base/x_test.cc",
                                "tests/fakes/fake_clock.h"))

  def test_an_unknown_room_is_reported(self):
    self.assertEqual(1, len(_check("transport/attic/x.cc",
                                   "transport/base/y.h")))


if __name__ == "__main__":
  unittest.main()
