// Wrong: limits the address space, which is not memory.

#include <fmt/core.h>
#include <signal.h>
#include <sys/resource.h>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

int run(std::int64_t bytes, const std::vector<std::string>& command) {
  Signals signals;
  const Cgroup group(unique_name("memory-limit"), {"memory"});
  Child child = start(
      {.cgroup = group.birthplace()},
      [&] {
        const rlimit both{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
        check(::setrlimit(RLIMIT_AS, &both), "set the limit");
        execute(command);
      },
      [&](pid_t pid) { group.join(pid); });
  const Exit exit = signals.wait(child);
  if (exit.status() != 0) fmt::print(stderr, "memory-limit: the command had too little memory\n");
  return exit.status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "memory-limit --max BYTES -- COMMAND...",
                    [](frame::Arguments& arguments) {
                      const std::int64_t bytes = frame::bytes(arguments.option("--max"));
                      return run(bytes, arguments.command());
                    });
}
