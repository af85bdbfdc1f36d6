// clock-offset: runs a command for which the machine was started at another time.
// The lesson is lessons/28-time.md.

#include <fmt/core.h>
#include <linux/sched.h>
#include <sched.h>

#include <cstdint>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "clock-offset --boottime SECONDS -- COMMAND...";

//! [given]
// Of the namespace in which our children are born. It can be written until the first one is.
constexpr char offsets[] = "/proc/self/timens_offsets";
//! [given]

// Step 1. Begins a time namespace in which nobody is yet, for children that come later.
void begin_namespace() {
  //! [begin]
  check(::unshare(CLONE_NEWTIME), "begin a time namespace");
  //! [begin]
}

// Step 2. In that namespace, the clock CLOCK_BOOTTIME is so many seconds ahead of the machine's.
// Fewer than none: behind it. The other clocks stay what they are.
void set_boottime([[maybe_unused]] std::int64_t seconds) {
  //! [offset]
  write_file(offsets, fmt::format("boottime {} 0", seconds));
  //! [offset]
}

// Step 3. Starts the command inside the namespace, on a kernel where exec(2) enters it and on one
// where it does not.
Child start_inside([[maybe_unused]] const std::vector<std::string>& command) {
  //! [start]
  return start({}, [&] { execute(command); });
  //! [start]
}

//! [run]
int run(std::int64_t seconds, const std::vector<std::string>& command) {
  Signals signals;  // from here on SIGTERM ends the command, and we live to tell its status
  begin_namespace();
  set_boottime(seconds);
  Child child = start_inside(command);
  return signals.wait(child).status();
}
//! [run]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::int64_t seconds = to_number(arguments.option("--boottime"));
    return run(seconds, arguments.command());
  });
}
