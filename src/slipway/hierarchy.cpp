#include <algorithm>

#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/mount.hpp"

namespace slipway {
namespace {

// The mount options of a v1 hierarchy mix controllers with these.
constexpr std::string_view not_controllers[] = {
    "rw", "ro", "xattr", "noprefix", "none", "clone_children", "cpuset_v2_mode", "favordynmods"};

// What every group of v2 can do, without a controller that is handed down. perf_event is one, but
// always on, and in no cgroup.controllers.
constexpr std::string_view built_into_v2[] = {"cpuacct", "devices", "freezer", "perf_event"};

Hierarchy hierarchy_of(const Mount& mount) {
  Hierarchy hierarchy{mount.type == "cgroup2" ? 2 : 1, mount.target, mount.root, {}};
  if (hierarchy.version == 2) {
    for (const std::string& line : read_lines(mount.target + "/cgroup.controllers"))
      hierarchy.controllers = split(line, ' ');
    return hierarchy;
  }
  for (const std::string& option : mount.super_options) {
    const bool skip = std::ranges::find(not_controllers, option) != std::end(not_controllers) ||
                      option.starts_with("release_agent=");
    if (!skip) hierarchy.controllers.push_back(option);
  }
  return hierarchy;
}

}  // namespace

bool Hierarchy::has(std::string_view controller) const {
  return std::ranges::find(controllers, controller) != controllers.end();
}

std::string Hierarchy::folder(const std::string& group) const {
  // A container without a cgroup namespace sees its own group as the top of the mount.
  const bool below = root != "/" && group.starts_with(root) &&
                     (group.size() == root.size() || group[root.size()] == '/');
  const std::string rest = below ? group.substr(root.size()) : group;
  return rest.empty() || rest == "/" ? mount : mount + rest;
}

std::vector<Hierarchy> hierarchies() {
  std::vector<Hierarchy> all;
  for (const Mount& mount : mounts()) {
    if (mount.type != "cgroup" && mount.type != "cgroup2") continue;
    Hierarchy hierarchy = hierarchy_of(mount);
    const bool known = std::ranges::any_of(all, [&](const Hierarchy& other) {
      return other.version == hierarchy.version && other.controllers == hierarchy.controllers;
    });
    if (!known) all.push_back(std::move(hierarchy));
  }
  return all;
}

const Hierarchy* find_hierarchy(const std::vector<Hierarchy>& all, std::string_view controller) {
  auto found = std::ranges::find_if(all, [&](const auto& each) { return each.has(controller); });
  const bool built_in = std::ranges::find(built_into_v2, controller) != std::end(built_into_v2);
  if (found == all.end() && built_in) found = std::ranges::find(all, 2, &Hierarchy::version);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace slipway
