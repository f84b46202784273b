# grpc_core_headers(): adds the target grpc_core_headers, with the internal headers
# of the gRPC that find_package(gRPC) has found, and sets LOOPY_RELEASE to the
# folder in transport/releases that is for it.
#
# The headers are in gRPC's sources. These are in GRPC_SOURCE_DIR; if it is not
# set, a script of bazel/ fetches them once, into the build folder.

set(GRPC_SOURCE_DIR "$ENV{GRPC_SOURCE_DIR}" CACHE PATH
  "The sources of the installed gRPC; empty: they are fetched")

# The releases that are known. Each has the script that fetches its sources and the
# folders of its generated headers (as bazel/grpc_core_headers.bzl).
set(_RELEASE_1.51.1 v1_51)
set(_FETCH_v1_51 grpc_debian_source.sh)
set(_GENERATED_v1_51 src/core/ext/upb-generated src/core/ext/upbdefs-generated)
set(_RELEASE_1.83.0 v1_83)
set(_FETCH_v1_83 grpc_python_source.sh)
set(_GENERATED_v1_83 src/core/ext/upb-gen src/core/ext/upbdefs-gen)

# Sets `out` to the folder of the sources, and fetches them if it is not there.
function(_fetch_grpc_sources script out)
  set(folder ${PROJECT_BINARY_DIR}/grpc-${gRPC_VERSION})
  if(NOT EXISTS ${folder})
    execute_process(
      COMMAND dpkg-query --show --showformat "\${Version}" libgrpc-dev
      OUTPUT_VARIABLE package ERROR_QUIET RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "grpc-loopy needs gRPC's internal headers. Set "
        "GRPC_SOURCE_DIR to the unpacked sources of gRPC ${gRPC_VERSION} "
        "(on Debian and Ubuntu they are fetched if libgrpc-dev is installed).")
    endif()
    message(STATUS "Fetching the sources of gRPC ${package}")
    # A binary rebuild, +b1, has the sources of the version before it.
    string(REGEX REPLACE "\\+b[0-9]+$" "" package "${package}")
    file(REMOVE_RECURSE ${folder}.partial)
    execute_process(
      COMMAND ${PROJECT_SOURCE_DIR}/bazel/${script} ${package} ${folder}.partial
      RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "The sources of gRPC ${package} cannot be fetched. "
        "Set GRPC_SOURCE_DIR to a folder with them.")
    endif()
    file(RENAME ${folder}.partial ${folder})
  endif()
  set(${out} ${folder} PARENT_SCOPE)
endfunction()

function(grpc_core_headers)
  set(release "${_RELEASE_${gRPC_VERSION}}")
  if(NOT release)
    message(FATAL_ERROR
      "grpc-loopy is for gRPC 1.51.1 or 1.83.0, and this is ${gRPC_VERSION}.")
  endif()
  set(folder "${GRPC_SOURCE_DIR}")
  if(NOT folder)
    _fetch_grpc_sources(${_FETCH_${release}} folder)
  elseif(NOT EXISTS "${folder}/src/core")
    message(FATAL_ERROR "GRPC_SOURCE_DIR has no gRPC sources: ${folder}")
  endif()
  # Headers of another release compile, and crash. A copy of the headers alone does
  # not tell its version.
  set(version_file ${folder}/src/python/grpcio/grpc_version.py)
  if(EXISTS ${version_file})
    file(STRINGS ${version_file} version REGEX "^VERSION")
    if(NOT version MATCHES "'${gRPC_VERSION}'")
      message(FATAL_ERROR "The installed gRPC is ${gRPC_VERSION}, and the sources "
        "in ${folder} say ${version}.")
    endif()
  endif()
  add_library(grpc_core_headers INTERFACE)
  target_include_directories(grpc_core_headers SYSTEM INTERFACE
    ${folder} ${folder}/third_party/upb ${folder}/third_party/xxhash)
  foreach(generated ${_GENERATED_${release}})
    target_include_directories(grpc_core_headers SYSTEM INTERFACE
      ${folder}/${generated})
  endforeach()
  set(LOOPY_RELEASE ${release} PARENT_SCOPE)
endfunction()
