// Wrong: the child is born into the new namespace, and then its offsets are written.

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
  Child child = start(
      {.namespaces = CLONE_NEWTIME}, [&] { execute(command); },
      [&](pid_t pid) {
        write_file(fmt::format("/proc/{}/timens_offsets", pid),
                   fmt::format("boottime {} 0", seconds));
      });
  return signals.wait(child).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "clock-offset --boottime SECONDS -- COMMAND...",
                    [](frame::Arguments& arguments) {
                      const std::int64_t seconds = to_number(arguments.option("--boottime"));
                      return run(seconds, arguments.command());
                    });
}
