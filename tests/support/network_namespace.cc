#include "tests/support/network_namespace.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace loopy {
namespace {

absl::Status Failed(const char* what, int error) {
  return absl::ErrnoToStatus(error, what);
}

absl::Status BringLoopbackUp() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failed("socket", errno);
  ifreq request = {};
  strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const int result = ioctl(fd, SIOCSIFFLAGS, &request);
  const int error = errno;
  close(fd);
  return result == 0 ? absl::OkStatus() : Failed("SIOCSIFFLAGS", error);
}

// A request for the queue of the loopback interface (rtnetlink(7)).
struct QueueRequest {
  nlmsghdr header;
  tcmsg message;
  rtattr kind;
  char kind_name[8];
  rtattr options;
  tc_fifo_qopt limit;
};

absl::Status Send(const QueueRequest& request) {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return Failed("socket", errno);
  struct {
    nlmsghdr header;
    nlmsgerr error;
    char rest[512];
  } answer = {};
  const bool done = send(fd, &request, request.header.nlmsg_len, 0) >= 0 &&
                    recv(fd, &answer, sizeof(answer), 0) >= 0;
  const int error = done ? -answer.error.error : errno;
  close(fd);
  return error == 0 ? absl::OkStatus() : Failed("rtnetlink", error);
}

}  // namespace

absl::Status EnterNetworkNamespace() {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    return Failed("unshare(CLONE_NEWUSER | CLONE_NEWNET)", errno);
  }
  return BringLoopbackUp();
}

absl::Status DropPackets(bool drop) {
  QueueRequest request = {};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  request.header.nlmsg_type = drop ? RTM_NEWQDISC : RTM_DELQDISC;
  if (drop) request.header.nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
  request.message.tcm_family = AF_UNSPEC;
  request.message.tcm_ifindex = static_cast<int>(if_nametoindex("lo"));
  request.message.tcm_parent = TC_H_ROOT;
  // A queue that has room for no packet drops them all.
  request.kind.rta_type = TCA_KIND;
  request.kind.rta_len = RTA_LENGTH(sizeof("pfifo"));
  strcpy(request.kind_name, "pfifo");
  request.options.rta_type = TCA_OPTIONS;
  request.options.rta_len = RTA_LENGTH(sizeof(tc_fifo_qopt));
  return Send(request);
}

}  // namespace loopy
