// Wrong: the child is born first; the namespace is for the next one, which never comes.

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
      {}, [&] { execute(command); },
      [&](pid_t) {
        check(::unshare(CLONE_NEWTIME), "begin a time namespace");
        write_file("/proc/self/timens_offsets", fmt::format("boottime {} 0", seconds));
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
