#include "labkit/verdict/limits.hpp"

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

std::optional<CpuLimit> cpu_limit_in(const Tree& tree, const std::string& folder) {
  try {
    if (tree.version == 2) {
      const std::string file = folder + "/cpu.max";
      if (!slipway::exists(file)) return std::nullopt;  // nobody handed it the controller
      const auto words = slipway::split(slipway::read_lines(file).at(0), ' ');
      if (words.at(0) == "max") return std::nullopt;
      return CpuLimit{folder, file, static_cast<double>(slipway::to_number(words[0])) / 1e6,
                      static_cast<double>(slipway::to_number(words.at(1))) / 1e6};
    }
    const std::string file = folder + "/cpu.cfs_quota_us";
    const auto quota = group_number(file);
    const auto period = group_number(folder + "/cpu.cfs_period_us");
    if (!quota || !period || *quota < 0) return std::nullopt;
    return CpuLimit{folder, file, static_cast<double>(*quota) / 1e6,
                    static_cast<double>(*period) / 1e6};
  } catch (const slipway::Error&) {  // the group is just going away
    return std::nullopt;
  }
}

}  // namespace

Tree tree_with(Trial& trial, const std::string& controller) {
  for (const Tree& tree : trial.sandbox().groups().all_trees())
    if (tree.has(controller)) return tree;
  throw slipway::Error(fmt::format("no hierarchy has the controller {}", controller));
}

std::vector<std::string> groups_of(Trial& trial, pid_t pid, const std::string& controller) {
  const Tree tree = tree_with(trial, controller);
  const std::string top = trial.sandbox().groups().folder(tree) + "/top";
  std::vector<std::string> groups;
  for (std::string folder = tree.folder(cgroups_of(pid)[tree.name]); folder.starts_with(top + "/");
       folder = folder.substr(0, folder.rfind('/')))
    groups.push_back(folder);
  return groups;
}

std::optional<std::int64_t> least_of(const std::vector<std::string>& groups,
                                     const std::string& file) {
  std::optional<std::int64_t> least;
  for (const std::string& group : groups) {
    const auto number = group_number(group + "/" + file);
    if (number && (!least || *number < *least)) least = number;
  }
  return least;
}

std::optional<CpuLimit> cpu_limit_on(Trial& trial, pid_t pid) {
  const Tree tree = tree_with(trial, "cpu");
  std::optional<CpuLimit> tightest;
  for (const std::string& group : groups_of(trial, pid, "cpu")) {
    const auto limit = cpu_limit_in(tree, group);
    if (limit && (!tightest || limit->cpus() < tightest->cpus())) tightest = limit;
  }
  return tightest;
}

}  // namespace labkit
