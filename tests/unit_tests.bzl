"""The unit tests of a folder."""

load("@rules_cc//cc:defs.bzl", "cc_library", "cc_test")

_EVERY_TEST = [
    "@com_google_absl//absl/status",
    "@com_google_absl//absl/strings",
    "@com_google_absl//absl/time",
    "@com_google_absl//absl/types:optional",
    "@com_google_googletest//:gtest_main",
]

def unit_tests(deps, testing_deps = None, size = "small"):
    """One test of all *_test.cc here: of tests/wire, //tests/wire:wire_test.

    Args:
      deps: the libraries that the tests use, beside Abseil and GoogleTest.
      testing_deps: if the folder has helpers for tests, the libraries that they
        use. They become the target "testing", for other folders' tests, too.
      size: of the test.
    """
    folder = native.package_name().split("/")[-1]
    if testing_deps != None:
        cc_library(
            name = "testing",
            testonly = True,
            srcs = native.glob(
                ["*.cc"],
                exclude = ["*_test.cc"],
            ),
            hdrs = native.glob(["*.h"]),
            linkstatic = True,
            visibility = ["//tests:__subpackages__"],
            deps = testing_deps,
        )
        deps = deps + [":testing"]
    cc_test(
        name = folder + "_test",
        size = size,
        srcs = native.glob(["*_test.cc"]),
        deps = deps + _EVERY_TEST,
    )
