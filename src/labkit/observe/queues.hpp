#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace labkit {

/// What is in the IPC namespace of a process. ipc_namespaces(7), sysvipc(7), mq_overview(7).
struct Queues {
  /// The keys of System V message queues, semaphore sets and shared memory segments.
  std::set<std::int64_t> messages, semaphores, memory;
  std::set<std::string> posix;  ///< The names of POSIX message queues, without the slash.
};

/// A helper process of ours joins the namespace for a moment and looks. Nothing when the process is
/// gone. Throws slipway::Error.
std::optional<Queues> queues_of(pid_t pid);

/// The POSIX message queues that a process sees as files in a folder; nothing when no mqueue file
/// system is mounted there, as the process sees it. They may be of another namespace than its own.
std::optional<std::set<std::string>> queues_seen_at(pid_t pid, const std::string& folder);

/// Whether this kernel has POSIX message queues at all.
bool has_posix_queues();

}  // namespace labkit
