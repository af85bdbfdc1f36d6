#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "labkit/observe/process.hpp"

/// What a process has around it and /proc does not tell: a helper process of ours joins its
/// namespaces for a moment and looks. Nothing of the process's own is executed or believed.
namespace labkit {

/// A mount of a namespace, as seen from the namespace's own top and not from the root of the
/// process, which chroot(2) may have moved. proc_pid_mountinfo(5).
struct SeenMount {
  std::string device;  ///< "major:minor" of its file system.
  std::string root;    ///< The folder of the file system that is mounted.
  std::string target;
  std::string type;
  std::string propagation;  ///< "shared:7", "master:7", "shared:8 master:7"; empty: private.
  std::string options;      ///< Of the file system, as its type has them.
  std::string flags;        ///< Of the mount: "ro,nosuid,relatime".
};

struct Inside {
  std::string host_name;
  FileId top;  ///< The root folder of its mount namespace.
  std::vector<SeenMount> mounts;
};

/// Nothing when the process is gone. Throws slipway::Error.
std::optional<Inside> look_inside(pid_t pid);

/// The pids in the /proc that the process sees, sorted; nothing when it sees none there.
std::optional<std::vector<pid_t>> proc_seen_by(pid_t pid);

}  // namespace labkit
