#pragma once

#include <string>
#include <vector>

namespace slipway {

/// Who hears of what is mounted below a mount: the optional fields of its line. All zero: it is
/// private. mount_namespaces(7).
struct Propagation {
  int shared = 0;                      ///< Its peer group.
  int master = 0;                      ///< The group of which it is a slave.
  int propagate_from = 0;              ///< The nearest group above that one that the reader sees.
  bool unbindable = false;             ///< It cannot be bound elsewhere.
  std::vector<std::string> unknown{};  ///< Fields of a newer kernel, as they stand.
  bool operator==(const Propagation&) const = default;
};

/// One line of /proc/PID/mountinfo, every field of it. proc_pid_mountinfo(5).
struct Mount {
  int id = 0;
  int parent = 0;
  unsigned major = 0;  ///< Of the file system's device number: what st_dev says of its files.
  unsigned minor = 0;
  std::string root;    ///< The folder of the file system that is mounted; "/" is all of it.
  std::string target;  ///< Where it is mounted, as the reader's own root shows it.
  std::vector<std::string> options;  ///< Of this mount: "ro", "nosuid", ...
  Propagation propagation;
  std::string type;  ///< "ext4", "cgroup2", ...
  std::string source;
  std::vector<std::string> super_options;  ///< Of the file system; for cgroup, its controllers.
  bool operator==(const Mount&) const = default;
};

/// The mounts that a process sees, in the order of that file. Throws Error.
std::vector<Mount> mounts(const std::string& mountinfo = "/proc/self/mountinfo");

/// One line of mountinfo. Throws Error when it is not one.
Mount parse_mount(const std::string& line);

/// The line of it, as the kernel writes it: parse_mount() gives the same mount again.
std::string mountinfo_line(const Mount& mount);

/// What is to be mounted: a row of a table. mount(2) has the meaning of each field.
struct NewMount {
  const char* source;
  const char* target;  ///< As the new root will show it: "/proc".
  const char* type;    ///< nullptr for a bind mount.
  unsigned long flags = 0;
  const char* data = nullptr;
};

/// Mounts it below `root`, a folder that is to become a root. The target, which must be there, is
/// resolved as if `root` were the root already: a link in it never leads outside. A bind mount gets
/// its other flags (MS_RDONLY, MS_NOSUID, ...) too, which mount(2) ignores at first. Needs the
/// caller's own /proc. Throws Error.
void mount_in_root(const std::string& root, const NewMount& mount);

}  // namespace slipway
