// Wrong: M is a million.

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

bool killed_by_limit(const Cgroup& group, const Exit& exit) {
  const bool v2 = group.version("memory") == 2;
  return exit.status() == 137 &&
         group.keyed(v2 ? "memory.events" : "memory.oom_control", "oom_kill") > 0;
}

std::int64_t decimal(std::string text) {
  std::int64_t unit = 1;
  if (text.ends_with('K')) unit = 1'000;
  if (text.ends_with('M')) unit = 1'000'000;
  if (text.ends_with('G')) unit = 1'000'000'000;
  if (unit > 1) text.pop_back();
  const std::int64_t count = to_number(text);
  if (count < 0) throw Error("the limit is negative");
  return count * unit;
}

int run(std::int64_t bytes, const std::vector<std::string>& command) {
  Signals signals;
  const Cgroup group(unique_name("memory-limit"), {"memory"});
  set_limits(group, bytes);
  Child child = start_inside(group, command);
  const Exit exit = signals.wait(child);
  if (killed_by_limit(group, exit)) fmt::print(stderr, "the memory limit of {} bytes\n", bytes);
  return exit.status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "memory-limit --max BYTES -- COMMAND...",
                    [](frame::Arguments& arguments) {
                      const std::int64_t bytes = decimal(arguments.option("--max"));
                      return run(bytes, arguments.command());
                    });
}
