#include <fmt/core.h>

#include "labkit/command/options.hpp"
#include "labkit/subject/run.hpp"

namespace labkit {

int command_clean(const Words& words) {
  Options options(
      "lab clean",
      "Removes what killed checks and killed programs of labs have left: control groups with all\n"
      "their members, and folders below /run/slipway. What is in use stays.");
  if (!options.read(words, 0, 0)) return exit_pass;
  std::vector<std::string> removed = clean_dead_runs();
  const std::vector<std::string> groups = clean_abandoned_groups();
  removed.insert(removed.end(), groups.begin(), groups.end());
  for (const std::string& line : removed) fmt::print("removed: {}\n", line);
  if (removed.empty()) fmt::print("nothing is left to clean\n");
  return exit_pass;
}

}  // namespace labkit
