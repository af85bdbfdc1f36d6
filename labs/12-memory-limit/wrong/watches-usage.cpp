// Wrong: kills the command itself when the group's use, page cache included, is near the limit.

#include <fmt/core.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

void set_limits(const Cgroup& group, std::int64_t bytes) {
  const bool v2 = group.version("memory") == 2;
  group.write(v2 ? "memory.max" : "memory.limit_in_bytes", fmt::format("{}", bytes));
  const char* swap = v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
  if (exists(group.file(swap))) group.write(swap, v2 ? "0" : fmt::format("{}", bytes));
}

Child start_inside(const Cgroup& group, const std::vector<std::string>& command) {
  return start(
      {.cgroup = group.birthplace()}, [&] { execute(command); },
      [&](pid_t pid) { group.join(pid); });
}

bool killed_by_limit(const Cgroup& group, const Exit& exit) {
  const bool v2 = group.version("memory") == 2;
  return exit.status() == 137 &&
         group.keyed(v2 ? "memory.events" : "memory.oom_control", "oom_kill") > 0;
}

int run(std::int64_t bytes, const std::vector<std::string>& command) {
  const Cgroup group(unique_name("memory-limit"), {"memory"});
  const bool v2 = group.version("memory") == 2;
  set_limits(group, bytes);
  Signals signals;
  Child child = start_inside(group, command);
  // A watcher beside the command, since this process waits for signals.
  const pid_t watcher = check(::fork(), "start the watcher");
  if (watcher == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (; group.number(v2 ? "memory.current" : "memory.usage_in_bytes") < bytes / 10 * 9;)
      ::usleep(5'000);
    ::kill(child.pid(), SIGKILL);
    ::_exit(0);
  }
  const Exit exit = signals.wait(child);
  ::kill(watcher, SIGKILL);
  int status = 0;
  ::waitpid(watcher, &status, 0);
  const bool watched = WIFEXITED(status);
  if (watched || killed_by_limit(group, exit))
    fmt::print(stderr, "the memory limit of {} bytes\n", bytes);
  return exit.status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "memory-limit --max BYTES -- COMMAND...",
                    [](frame::Arguments& arguments) {
                      const std::int64_t bytes = frame::bytes(arguments.option("--max"));
                      return run(bytes, arguments.command());
                    });
}
