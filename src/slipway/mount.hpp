#pragma once

#include <string>
#include <vector>

namespace slipway {

/// One line of /proc/PID/mountinfo. proc_pid_mountinfo(5).
struct Mount {
  int id = 0;
  int parent = 0;
  std::string root;    ///< The folder of the file system that is mounted; "/" is all of it.
  std::string target;  ///< Where it is mounted, as the reader's own root shows it.
  std::vector<std::string> options;      ///< Of this mount: "ro", "nosuid", ...
  std::vector<std::string> propagation;  ///< "shared:N", "master:N", ...; empty is private.
  std::string type;                      ///< "ext4", "cgroup2", ...
  std::string source;
  std::vector<std::string>
      super_options;  ///< Of the file system, as they stand there; for cgroup, its controllers.
};

/// The mounts that a process sees, in the order of that file. Throws Error.
std::vector<Mount> mounts(const std::string& mountinfo = "/proc/self/mountinfo");

/// One line of mountinfo. Throws Error when it is not one.
Mount parse_mount(const std::string& line);

}  // namespace slipway
