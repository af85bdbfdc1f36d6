// Wrong: becomes the command without a fork, and so stays in the old pid namespace.

#include <sched.h>
#include <sys/mount.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"

using namespace slipway;

int main(int argc, char** argv) {
  return frame::run(argc, argv, "pid -- COMMAND...", [](frame::Arguments& arguments) -> int {
    const std::vector<std::string> command = arguments.command();
    check(::unshare(CLONE_NEWPID | CLONE_NEWNS), "begin the namespaces");
    execute(command);
  });
}
