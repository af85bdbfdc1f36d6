#include "labkit/observe/cgroup.hpp"

#include <dirent.h>

#include <algorithm>
#include <memory>

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

// The controllers this kernel knows, from /proc/cgroups: what tells them from other mount options.
// They are what it was built with: read once.
const std::vector<std::string>& known_controllers() {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> names;
    for (const std::string& line : slipway::read_lines("/proc/cgroups"))
      if (!line.starts_with('#')) names.push_back(line.substr(0, line.find('\t')));
    return names;
  }();
  return known;
}

Tree tree_of_v1(Tree tree, const std::string& options) {
  const std::vector<std::string>& known = known_controllers();
  for (const std::string& option : slipway::split(options, ',')) {
    if (option.starts_with("name=")) tree.name = option;
    if (std::ranges::find(known, option) != known.end()) tree.controllers.push_back(option);
  }
  for (const std::string& controller : tree.controllers)
    tree.name += (tree.name.empty() ? "" : ",") + controller;
  return tree;
}

Tree tree_of_v2(Tree tree) {
  std::string line = slipway::read_file(tree.mount + "/cgroup.controllers");
  while (line.ends_with('\n')) line.pop_back();
  if (!line.empty()) tree.controllers = slipway::split(line, ' ');
  return tree;
}

}  // namespace

bool Tree::has(const std::string& controller) const {
  return std::ranges::find(controllers, controller) != controllers.end();
}

std::string Tree::folder(const std::string& group) const {
  if (top != "/" && group.starts_with(top + "/")) return mount + group.substr(top.size());
  return group == top || group == "/" ? mount : mount + group;
}

std::vector<Tree> trees() {
  std::vector<Tree> all;
  for (const std::string& line : slipway::read_lines("/proc/self/mountinfo")) {
    const size_t dash = line.find(" - ");
    const auto place = slipway::split(line.substr(0, dash), ' ');
    const auto kind = slipway::split(line.substr(dash + 3), ' ');
    if (kind[0] != "cgroup" && kind[0] != "cgroup2") continue;
    Tree tree{kind[0] == "cgroup2" ? 2 : 1, "", place[4], place[3], {}};
    tree = tree.version == 2 ? tree_of_v2(tree) : tree_of_v1(tree, kind.back());
    const bool known = std::ranges::any_of(all, [&](const Tree& other) {
      return other.version == tree.version && other.name == tree.name;
    });
    if (!known) all.push_back(tree);
  }
  return all;
}

std::optional<Tree> tree_of(const std::string& controller) {
  for (const Tree& tree : trees())
    if (tree.has(controller)) return tree;
  return std::nullopt;
}

std::string cgroup_layout() {
  bool version[3] = {};
  for (const Tree& tree : trees()) version[tree.version] |= !tree.controllers.empty();
  return version[1] ? (version[2] ? "cgroup hybrid" : "cgroup v1") : "cgroup v2";
}

std::vector<std::string> groups_in(const std::string& folder) {
  std::vector<std::string> groups;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  if (!open) return groups;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..")
      groups.push_back(fmt::format("{}/{}", folder, name));
  }
  return groups;
}

std::vector<pid_t> members_below(const std::string& folder) {
  std::vector<pid_t> members;
  try {
    for (const std::string& line : slipway::read_lines(folder + "/cgroup.procs"))
      members.push_back(static_cast<pid_t>(slipway::to_number(line)));
    for (const std::string& group : groups_in(folder)) {
      const std::vector<pid_t> below = members_below(group);
      members.insert(members.end(), below.begin(), below.end());
    }
  } catch (const slipway::Error& error) {  // the group is removed while we look
    if (error.code() != ENOENT && error.code() != ENODEV) throw;
  }
  return members;
}

std::optional<std::int64_t> group_number(const std::string& file, const std::string& key) {
  try {
    return key.empty() ? slipway::read_number(file) : slipway::read_keyed(file, key);
  } catch (const slipway::Error&) {
    return std::nullopt;
  }
}

}  // namespace labkit
