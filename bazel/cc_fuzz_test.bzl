"""cc_fuzz_test declares a fuzz target that is replayed everywhere, and fuzzed under clang."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")

def cc_fuzz_test(name, srcs, corpus, deps = [], dictionary = None, seconds = 5, **kwargs):
    """Declares the tests of a file with LLVMFuzzerTestOneInput.

    <name> runs each file of the corpus once, and every prefix of it. It is part of
    //... and runs with any compiler and any sanitizer.
    <name>_libfuzzer fuzzes for FUZZ_SECONDS, or else `seconds`, and begins with the
    corpus. It is manual and needs --config=fuzz. FUZZ_SEED=0 takes another way each time.

    Args:
      name: the test's name.
      srcs: the sources.
      corpus: the input files, at least one.
      deps: the libraries under test.
      dictionary: a libFuzzer dictionary, or None.
      seconds: the default of FUZZ_SECONDS.
      **kwargs: passed on to the replaying test.
    """
    if not corpus:
        fail("%s: the corpus is empty" % name)
    files = name + "_corpus"
    native.filegroup(name = files, testonly = True, srcs = corpus)
    cc_test(
        name = name,
        size = "small",
        srcs = srcs + [Label("//tools/fuzz:replay_main.cc")],
        args = ["$(rootpaths :%s)" % files],
        data = [":" + files],
        deps = deps,
        **kwargs
    )
    cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        srcs = srcs,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = deps,
    )
    native.sh_test(
        name = name + "_libfuzzer",
        size = "small" if seconds < 30 else "medium",
        srcs = [Label("//tools/fuzz:run_libfuzzer.sh")],
        args = [
            "$(rootpath :%s_fuzzer)" % name,
            "$(rootpath %s)" % dictionary if dictionary else "''",
            "$(rootpaths :%s)" % files,
        ],
        data = [":" + name + "_fuzzer", ":" + files] + ([dictionary] if dictionary else []),
        env = {"DEFAULT_FUZZ_SECONDS": str(seconds)},
        tags = [
            "external",  # runs anew each time
            "libfuzzer",
            "manual",
        ],
    )
