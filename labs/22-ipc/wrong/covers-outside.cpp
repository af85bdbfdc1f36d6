// Wrong: no mount namespace, so the command's queues are shown to everybody.

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

int run(const std::vector<std::string>& command) {
  Signals signals;
  Child child = start({.namespaces = CLONE_NEWIPC}, [&] {
    check(::mount("mqueue", "/dev/mqueue", "mqueue", 0, nullptr), "mount the queues");
    execute(command);
  });
  return signals.wait(child).status();
}
int main(int argc, char** argv) {
  return frame::run(argc, argv, "ipc -- COMMAND...",
                    [](frame::Arguments& words) { return run(words.command()); });
}
