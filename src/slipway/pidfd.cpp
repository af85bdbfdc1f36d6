#include "slipway/pidfd.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "slipway/error.hpp"
#include "slipway/namespace.hpp"

namespace slipway {

Descriptor open_process(pid_t pid) {
  const long pidfd = ::syscall(SYS_pidfd_open, pid, 0);
  return Descriptor(static_cast<int>(check(pidfd, "open process {}", pid)));
}

bool has_ended(const Descriptor& pidfd) {
  pollfd event{pidfd.get(), POLLIN, 0};
  return check(::poll(&event, 1, 0), "look at a process") != 0;
}

void join_namespaces(const Descriptor& pidfd, std::uint64_t namespaces) {
  std::string names;
  for (const NamespaceKind& kind : namespace_kinds)
    if ((namespaces & kind.flag) != 0) names += fmt::format(" {}", kind.name);
  check(::setns(pidfd.get(), static_cast<int>(namespaces)), "join the namespaces{} of a process",
        names);
}

}  // namespace slipway
