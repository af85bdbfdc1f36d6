#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "labkit/verdict/trial.hpp"

/// The limits that hold for a process, as the kernel has them. A limit holds for all groups below,
/// so a command may as well be in a group under the one that has it.
namespace labkit {

/// The hierarchy in which groups have this controller. Throws slipway::Error when none has.
Tree tree_with(Trial& trial, const std::string& controller);

/// The group of a process there and all above it, as folders, up to what the sandbox takes for the
/// top, which is not a program's.
std::vector<std::string> groups_of(Trial& trial, pid_t pid, const std::string& controller);

/// The least number in that file of any of these groups; nothing where none has one.
std::optional<std::int64_t> least_of(const std::vector<std::string>& groups,
                                     const std::string& file);

/// So much time, of all processors together, may a group use in each period.
struct CpuLimit {
  std::string folder;
  std::string file;
  double quota = 0;   ///< Seconds.
  double period = 0;  ///< Seconds.
  double cpus() const { return quota / period; }
};

/// The tightest one on a process.
std::optional<CpuLimit> cpu_limit_on(Trial& trial, pid_t pid);

}  // namespace labkit
