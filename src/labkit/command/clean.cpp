#include <fmt/core.h>

#include "labkit/command/options.hpp"
#include "labkit/subject/run.hpp"

namespace labkit {

int command_clean(const Words& words) {
  Options options(
      "lab clean",
      "Removes what killed checks have left: control groups with all their members, and folders\n"
      "below /run/slipway. What a running check uses stays.");
  if (!options.read(words, 0, 0)) return exit_pass;
  const std::vector<std::string> removed = clean_dead_runs();
  for (const std::string& line : removed) fmt::print("removed: {}\n", line);
  if (removed.empty()) fmt::print("nothing is left to clean\n");
  return exit_pass;
}

}  // namespace labkit
