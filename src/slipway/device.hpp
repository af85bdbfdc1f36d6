#pragma once

#include "slipway/descriptor.hpp"

namespace slipway {

/// A node of a character device. null(4), random(4), tty(4) have the numbers.
struct DeviceNode {
  const char* name;  ///< In /dev.
  unsigned major;
  unsigned minor;
};

/// Those that every container has: "Default Devices" of the OCI runtime specification. The console
/// is not among them, it belongs to a container with a terminal.
inline constexpr DeviceNode device_nodes[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                                              {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};

/// A symbolic link in /dev.
struct DeviceLink {
  const char* name;
  const char* text;  ///< Where it leads.
};

/// Those that every container has: "Dev symbolic links" of the same, and ptmx: it must lead into
/// the container's own devpts. pts(4).
inline constexpr DeviceLink device_links[] = {{"fd", "/proc/self/fd"},
                                              {"stdin", "/proc/self/fd/0"},
                                              {"stdout", "/proc/self/fd/1"},
                                              {"stderr", "/proc/self/fd/2"},
                                              {"ptmx", "pts/ptmx"}};

/// Makes these nodes and links in an open folder, the new /dev. In a user namespace nobody may make
/// a node that can be opened: there those of the caller's own /dev are bound over empty files, for
/// which the caller needs its own /proc. mknod(2). Throws Error.
void make_devices(const Descriptor& dev);

}  // namespace slipway
