"""cc_fuzz_test: one fuzz target, replayed everywhere and fuzzed under clang."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")

def cc_fuzz_test(name, srcs, corpus, deps = [], dictionary = None, seconds = 5, **kwargs):
    """A file with LLVMFuzzerTestOneInput, and its corpus.

    Makes
      <name>: a test that runs each file of the corpus once, and every prefix of
        it; with any compiler and any sanitizer, part of //...
      <name>_libfuzzer: a test that fuzzes for FUZZ_SECONDS (if unset: `seconds`)
        from the corpus on. Manual; needs --config=fuzz.

    Args:
      name: the test's name.
      srcs: the sources.
      corpus: the input files; at least one.
      deps: what is fuzzed.
      dictionary: a libFuzzer dictionary, or None.
      seconds: how long to fuzz unless told otherwise.
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
