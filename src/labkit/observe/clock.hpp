#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

/// The clocks that a time namespace may move, and the one that it may not. time_namespaces(7).
namespace labkit {

/// What the clocks of clock_gettime(2) say, in nanoseconds, read one soon after the other.
struct Clocks {
  std::int64_t monotonic = 0;  ///< CLOCK_MONOTONIC
  std::int64_t boottime = 0;   ///< CLOCK_BOOTTIME
  std::int64_t realtime = 0;   ///< CLOCK_REALTIME
};

/// As the checker sees them.
Clocks clocks_here();

/// As a process sees them: a helper process of ours joins its time namespace and reads. Nothing
/// when the process is gone. Throws slipway::Error.
std::optional<Clocks> clocks_of(pid_t pid);

}  // namespace labkit
