#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace slipway {

/// A task is what the kernel schedules: a process has one for each of its threads.
/// proc_pid_stat(5).
struct Task {
  pid_t tid = 0;
  std::string name;  ///< At most 15 bytes, and any bytes: spaces and parentheses too.
  char state = '?';  ///< R running, S sleeping, D waiting for a device, T stopped, Z zombie, ...
  pid_t parent = 0;  ///< 0 for the first process of a pid namespace.
  std::uint64_t start_time = 0;  ///< Clock ticks after boot; with the tid it names a task for ever.
};

/// The thread `tid` of process `pid`, or nothing when it has ended: a task may vanish between the
/// listing of a folder and the reading of its file. Throws Error for any other failure.
std::optional<Task> find_task(pid_t pid, pid_t tid);

/// What a /proc/PID/stat file holds. Throws Error when `text` is not such a line.
Task parse_task(const std::string& text);

}  // namespace slipway
