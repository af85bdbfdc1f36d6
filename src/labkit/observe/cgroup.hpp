#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The checks' own eyes on control groups, from outside: the machine's real mounts.
namespace labkit {

/// A hierarchy that is mounted on this machine.
struct Tree {
  int version = 0;   ///< 1 or 2.
  std::string name;  ///< As /proc/PID/cgroup writes it: "cpu,cpuacct", "name=systemd", "" for v2.
  std::string mount;
  std::string top;  ///< The group that the mount shows as its top: "/" but in a container.
  std::vector<std::string> controllers;  ///< Empty for a named tree.

  bool has(const std::string& controller) const;
  std::string folder(const std::string& group) const;  ///< Of a group named as in /proc/PID/cgroup.
};

/// Every one, each once. Throws slipway::Error.
std::vector<Tree> trees();

/// The one that has a controller, or nothing where none has.
std::optional<Tree> tree_of(const std::string& controller);

/// "cgroup v2", "cgroup v1", or "cgroup hybrid" (both have controllers).
std::string cgroup_layout();

/// The groups directly below a group, as paths; empty when it is gone.
std::vector<std::string> groups_in(const std::string& folder);

/// All members of a group and of the groups below it.
std::vector<pid_t> members_below(const std::string& folder);

/// The number in a group's file, or beside `key` in it; nothing when the file, the key or the group
/// is not there (or holds "max").
std::optional<std::int64_t> group_number(const std::string& file, const std::string& key = "");

}  // namespace labkit
