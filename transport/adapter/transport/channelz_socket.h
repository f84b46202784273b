#ifndef LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CHANNELZ_SOCKET_H_
#define LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CHANNELZ_SOCKET_H_

// ChannelzSocket is a connection's channelz node, which also shows the windows
// of the connection. Each release of gRPC has its own way to add data to a
// node, and a class ChannelzSocket with the same members; this header chooses.

#include <grpcpp/version_info.h>

#if GRPC_CPP_VERSION_MINOR == 51
#include "transport/releases/v1_51/channelz_socket.h"  // IWYU pragma: export
#else
#include "transport/releases/v1_83/channelz_socket.h"  // IWYU pragma: export
#endif

#endif  // LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CHANNELZ_SOCKET_H_
