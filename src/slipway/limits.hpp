#pragma once

#include <cstdint>

#include "slipway/cgroup.hpp"

/// Limits of a control group, whichever version its controllers are on.
/// Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/. All throw Error.
namespace slipway {

/// So many bytes of memory, and no swap beside them, where the kernel counts swap.
void limit_memory(const Cgroup& group, std::int64_t bytes);

/// So many processors' time, as 0.5: in periods of a tenth of a second.
void limit_cpus(const Cgroup& group, double cpus);

/// So many tasks: each thread counts.
void limit_pids(const Cgroup& group, std::int64_t tasks);

}  // namespace slipway
