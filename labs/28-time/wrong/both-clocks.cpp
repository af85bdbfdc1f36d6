// Wrong: moves CLOCK_MONOTONIC along with CLOCK_BOOTTIME.

#include <linux/sched.h>
#include <sched.h>
#include <unistd.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

int run(std::int64_t seconds, const std::vector<std::string>& command) {
  Signals signals;
  check(::unshare(CLONE_NEWTIME), "begin a time namespace");
  write_file("/proc/self/timens_offsets", fmt::format("boottime {} 0", seconds));
  write_file("/proc/self/timens_offsets", fmt::format("monotonic {} 0", seconds));
  Child child = start({}, [&] { execute(command); });
  return signals.wait(child).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "clock-offset --boottime SECONDS -- COMMAND...",
                    [](frame::Arguments& arguments) {
                      const std::int64_t seconds = to_number(arguments.option("--boottime"));
                      return run(seconds, arguments.command());
                    });
}
