// Wrong: takes every SIGKILL for the memory limit's.

#include <fmt/core.h>
#include <signal.h>

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

int run(std::int64_t bytes, const std::vector<std::string>& command) {
  Signals signals;
  const Cgroup group(unique_name("memory-limit"), {"memory"});
  set_limits(group, bytes);
  Child child = start_inside(group, command);
  const Exit exit = signals.wait(child);
  if (exit.status() == 137) fmt::print(stderr, "the memory limit of {} bytes\n", bytes);
  return exit.status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "memory-limit --max BYTES -- COMMAND...",
                    [](frame::Arguments& arguments) {
                      const std::int64_t bytes = frame::bytes(arguments.option("--max"));
                      return run(bytes, arguments.command());
                    });
}
