"""Declares the repositories of repos.bzl for a MODULE.bazel."""

load("//bazel:repos.bzl", "declare_repositories")

def _always(rule, name, **attributes):
    rule(name = name, **attributes)

libraries = module_extension(
    implementation = lambda _: declare_repositories(_always),
)
