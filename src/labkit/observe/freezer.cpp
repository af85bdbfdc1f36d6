#include "labkit/observe/freezer.hpp"

#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/process.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

Freezing look_at_v1(const std::string& group) {
  Freezing seen{Freezing::no, group + "/freezer.state", "nothing"};
  if (!slipway::exists(seen.file)) return seen;  // the group is gone, or the top of the tree
  seen.says = slipway::read_lines(seen.file).at(0);
  if (seen.says == "FREEZING") seen.state = Freezing::partly;
  if (seen.says == "FROZEN") seen.state = Freezing::yes;
  return seen;
}

Freezing look_at_v2(const std::string& group) {
  Freezing seen{Freezing::no, group + "/cgroup.events", "nothing"};
  const auto frozen = group_number(seen.file, "frozen");
  if (!frozen) return seen;
  seen.says = fmt::format("frozen {}", *frozen);
  if (group_number(group + "/cgroup.freeze") == 1) seen.state = Freezing::partly;
  if (*frozen == 1) seen.state = Freezing::yes;
  return seen;
}

}  // namespace

Freezing freezing_of(pid_t pid) {
  Freezing most;
  auto groups = cgroups_of(pid);
  for (const Tree& tree : trees()) {
    if (tree.version == 1 && !tree.has("freezer")) continue;
    const std::string group = tree.folder(groups[tree.name]);
    const Freezing seen = tree.version == 1 ? look_at_v1(group) : look_at_v2(group);
    if (most.file.empty() || seen.state > most.state) most = seen;
  }
  if (most.file.empty()) throw slipway::Error("no hierarchy here can freeze a group");
  return most;
}

}  // namespace labkit
