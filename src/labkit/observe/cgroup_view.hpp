#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

/// What a process sees of the control groups: through its cgroup namespace, and through the mounts
/// of its mount namespace. cgroup_namespaces(7).
namespace labkit {

/// A mount of a hierarchy that a path leads to: nothing is mounted on top of it.
struct SeenCgroupMount {
  std::string tree;  ///< Which one: Tree::name.
  std::string target;
  std::string group;  ///< The group that it shows as its top, named as the checker names it.

  bool operator==(const SeenCgroupMount&) const = default;
};

struct CgroupView {
  /// The group of the process in each tree, named as the process itself would read it in
  /// /proc/self/cgroup: "/" is the root of its cgroup namespace.
  std::map<std::string, std::string> own;
  std::vector<SeenCgroupMount> mounts;
};

/// A helper process of ours joins the mount and the cgroup namespace and looks. Nothing when the
/// process is gone. Throws slipway::Error.
std::optional<CgroupView> cgroup_view_of(pid_t pid);

/// The folders of control groups that a process holds open, its root and its working folder among
/// them: each a way around what its mounts show.
std::vector<std::string> cgroups_held_open_by(pid_t pid);

}  // namespace labkit
