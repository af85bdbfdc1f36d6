// Wrong: SIGTERM ends this program alone.

#include <linux/sched.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

int run(std::int64_t seconds, const std::vector<std::string>& command) {
  check(::unshare(CLONE_NEWTIME), "begin a time namespace");
  write_file("/proc/self/timens_offsets", fmt::format("boottime {} 0", seconds));
  const pid_t child = check(::fork(), "start the command");
  if (child == 0) execute(command);
  int status = 0;
  check(::waitpid(child, &status, 0), "wait for the command");
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "clock-offset --boottime SECONDS -- COMMAND...",
                    [](frame::Arguments& arguments) {
                      const std::int64_t seconds = to_number(arguments.option("--boottime"));
                      return run(seconds, arguments.command());
                    });
}
