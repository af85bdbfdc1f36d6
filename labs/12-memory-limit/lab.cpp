// memory-limit: runs a command in a group that may use so much memory and no more, and says so when
// the kernel killed it for that. The lesson is lessons/12-memory-limit.md.

#include <fmt/core.h>
#include <signal.h>

#include <cstdint>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "memory-limit --max BYTES[K|M|G] -- COMMAND...";

// Step 1. The group may use `bytes` bytes of memory.
void set_limit([[maybe_unused]] const Cgroup& group, [[maybe_unused]] std::int64_t bytes) {
  //! [limit]
  const bool v2 = group.version("memory") == 2;
  group.write(v2 ? "memory.max" : "memory.limit_in_bytes", fmt::format("{}", bytes));
  //! [limit]
}

// Step 2. The group may use no swap: or it would move there what the limit forbids, and live on.
void close_swap([[maybe_unused]] const Cgroup& group, [[maybe_unused]] std::int64_t bytes) {
  //! [swap]
  const bool v2 = group.version("memory") == 2;
  const char* file = v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
  // A kernel that does not count swap has no such file. On v1 the number is for both together.
  if (exists(group.file(file))) group.write(file, v2 ? "0" : fmt::format("{}", bytes));
  //! [swap]
}

// Step 3. Starts the command as a member of the group, from its first instruction on.
Child start_inside([[maybe_unused]] const Cgroup& group,
                   [[maybe_unused]] const std::vector<std::string>& command) {
  //! [start]
  return start(
      {.cgroup = group.birthplace()}, [&] { execute(command); },
      [&](pid_t pid) { group.join(pid); });
  //! [start]
}

// Step 4. Whether the kernel killed the command because the group was at its limit.
bool killed_by_limit([[maybe_unused]] const Cgroup& group, [[maybe_unused]] const Exit& exit) {
  //! [reason]
  const bool v2 = group.version("memory") == 2;
  // A SIGKILL looks the same whoever sent it; only the group's own count tells.
  return exit.status() == 128 + SIGKILL &&
         group.keyed(v2 ? "memory.events" : "memory.oom_control", "oom_kill") > 0;
  //! [reason]
}

//! [run]
int run(std::int64_t bytes, const std::vector<std::string>& command) {
  Signals signals;  // from here on SIGTERM ends the command, and we live to clean up
  const Cgroup group(unique_name("memory-limit"), {"memory"});
  set_limit(group, bytes);
  close_swap(group, bytes);
  Child child = start_inside(group, command);
  const Exit exit = signals.wait(child);
  if (killed_by_limit(group, exit))
    fmt::print(stderr, "memory-limit: killed: the command reached the memory limit of {} bytes\n",
               bytes);
  return exit.status();
}
//! [run]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::int64_t bytes = frame::bytes(arguments.option("--max"));
    return run(bytes, arguments.command());
  });
}
