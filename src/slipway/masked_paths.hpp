#pragma once

#include <string>

/// What of /proc and /sys a container is not to read or to write, although it has both. The lists
/// are those of runc's default config; on each machine some of them are not there. "Masked Paths"
/// and "Readonly Paths" of the OCI runtime specification.
namespace slipway {

inline constexpr const char* masked_paths[] = {"/proc/acpi",
                                               "/proc/asound",
                                               "/proc/kcore",
                                               "/proc/keys",
                                               "/proc/latency_stats",
                                               "/proc/timer_list",
                                               "/proc/timer_stats",
                                               "/proc/sched_debug",
                                               "/proc/scsi",
                                               "/sys/firmware",
                                               "/sys/devices/virtual/tpm"};

inline constexpr const char* readonly_paths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                                 "/proc/sysrq-trigger"};

/// Hides what is at `path` in the caller's own root, which must be the container's already: a
/// folder beneath an empty one, anything else beneath /dev/null. What is not there stays so. Throws
/// Error.
void mask(const std::string& path);

/// Makes what is at `path` read-only, with all its other flags, in the caller's own root as well.
/// What is not there stays so. Throws Error.
void make_read_only(const std::string& path);

}  // namespace slipway
