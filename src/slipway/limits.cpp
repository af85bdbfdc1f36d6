#include "slipway/limits.hpp"

#include <fmt/core.h>

#include <cmath>

#include "slipway/file.hpp"

namespace slipway {

void limit_memory(const Cgroup& group, std::int64_t bytes) {
  const bool v2 = group.version("memory") == 2;
  const std::string text = fmt::format("{}", bytes);
  group.write(v2 ? "memory.max" : "memory.limit_in_bytes", text);
  // On v1 this number is for both together, and may not be smaller than the other.
  const char* swap = v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
  if (exists(group.file(swap))) group.write(swap, v2 ? "0" : text);
}

void limit_cpus(const Cgroup& group, double cpus) {
  constexpr std::int64_t period = 100'000;  // microseconds
  const std::int64_t quota = std::llround(cpus * period);
  if (group.version("cpu") == 2) {
    group.write("cpu.max", fmt::format("{} {}", quota, period));
  } else {
    group.write("cpu.cfs_period_us", fmt::format("{}", period));
    group.write("cpu.cfs_quota_us", fmt::format("{}", quota));
  }
}

void limit_pids(const Cgroup& group, std::int64_t tasks) {
  group.write("pids.max", fmt::format("{}", tasks));
}

}  // namespace slipway
