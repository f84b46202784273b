"""Which of a gRPC release's sources belong to which layer.

Everything that is one release's own lies in that release's folder here. The
layer that declares it compiles it: transport/adapter/release.h names it all.
"""

load("@grpc_release//:release.bzl", "GRPC_FROM_SOURCE", "GRPC_RELEASE_DIR")

_SOURCES = {
    "v1_51": {
        "adapter": ["release.h"],
        "adapter/channel": ["channel_args.cc"],
        "adapter/connect": ["handshake.cc"],
        "adapter/endpoint": [
            "iomgr_clock.cc",
            "iomgr_clock.h",
            "linger.cc",
        ],
        "adapter/registration": [
            "client_channel_factory.cc",
            "client_channel_factory.h",
            "core_configuration_access.cc",
            "registration.cc",
        ],
        "adapter/registration:supported_version": ["supported_version.cc"],
        "adapter/transport": [
            "channelz_socket.cc",
            "channelz_socket.h",
            "transport.cc",
            "transport.h",
        ],
        "base": ["log.cc"],
    },
    "v1_83": {
        "adapter": [
            "call_tracer_of.cc",
            "call_tracer_of.h",
            "release.h",
        ],
        "adapter/call": [
            "one_message_filter.cc",
            "one_message_filter.h",
        ],
        "adapter/channel": ["channel_args.cc"],
        "adapter/connect": [
            "handshake.cc",
            "io_loop_endpoint.cc",
            "io_loop_endpoint.h",
            "io_loop_handshaker.cc",
            "io_loop_handshaker.h",
        ],
        "adapter/endpoint": [
            "event_engine_clock.cc",
            "event_engine_clock.h",
            "event_engine_of.cc",
            "event_engine_of.h",
            "linger.cc",
        ],
        "adapter/registration": [
            "core_configuration_access.cc",
            "registration.cc",
        ],
        "adapter/registration:supported_version": ["supported_version.cc"],
        "adapter/transport": [
            "channelz_socket.cc",
            "channelz_socket.h",
            "state_watcher_adapter.cc",
            "state_watcher_adapter.h",
            "timeline_ztrace.cc",
            "timeline_ztrace.h",
            "transport.cc",
            "transport.h",
        ],
        "base": ["log.cc"],
    },
}

def _of_the_installed_release(layer, extension):
    return [
        "//transport/releases/%s:%s" % (GRPC_RELEASE_DIR, name)
        for name in _SOURCES[GRPC_RELEASE_DIR].get(layer, [])
        if name.endswith(extension)
    ]

def release_srcs(layer):
    """The installed release's sources of `layer`, such as "adapter/call"."""
    if GRPC_FROM_SOURCE and layer == "adapter/registration:supported_version":
        return ["@grpc_release//:supported_version.cc"]  # that of the sources
    return _of_the_installed_release(layer, ".cc")

def release_hdrs(layer):
    """The installed release's headers of `layer`."""
    return _of_the_installed_release(layer, ".h")
