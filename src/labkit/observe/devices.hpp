#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

/// What a process may do with devices, found out by doing it: a helper process of ours joins the
/// control groups of the process for a moment and tries, with nodes of its own, as root. So it
/// meets the rules of the groups, and nothing that was done to a node in /dev.
namespace labkit {

/// One request to the kernel. open(2), mknod(2).
struct DeviceRequest {
  char type = 'c';  ///< c or b.
  unsigned major = 0;
  unsigned minor = 0;
  std::string access;  ///< "r", "w", "rw": opened so; "m": a node is made.

  std::string text() const;  ///< As a rule has it: "c 1:3 rw".
};

/// Whether the groups of `pid` allow each request, in their order. A device that is allowed and not
/// there (ENXIO) is allowed. Nothing when the process is gone. Throws slipway::Error.
std::optional<std::vector<bool>> devices_allowed(pid_t pid,
                                                 const std::vector<DeviceRequest>& requests);

}  // namespace labkit
