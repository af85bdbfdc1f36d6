// Wrong: starts the command, then makes the group and sets the limit.

#include <fmt/core.h>
#include <signal.h>
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

bool killed_by_limit(const Cgroup& group, const Exit& exit) {
  const bool v2 = group.version("memory") == 2;
  return exit.status() == 137 &&
         group.keyed(v2 ? "memory.events" : "memory.oom_control", "oom_kill") > 0;
}

int run(std::int64_t bytes, const std::vector<std::string>& command) {
  Signals signals;
  Child child = start({}, [&] { execute(command); });
  ::usleep(50'000);  // what a busy machine does by itself now and then
  const Cgroup group(unique_name("memory-limit"), {"memory"});
  group.join(child.pid());
  set_limits(group, bytes);
  const Exit exit = signals.wait(child);
  if (killed_by_limit(group, exit)) fmt::print(stderr, "the memory limit of {} bytes\n", bytes);
  return exit.status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "memory-limit --max BYTES -- COMMAND...",
                    [](frame::Arguments& arguments) {
                      const std::int64_t bytes = frame::bytes(arguments.option("--max"));
                      return run(bytes, arguments.command());
                    });
}
