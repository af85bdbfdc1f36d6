// Wrong: what is mounted outside comes in whether it was asked for or not.

#include <sched.h>
#include <sys/mount.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

int run([[maybe_unused]] bool receive, const std::vector<std::string>& command) {
  Signals signals;
  Child child = start({.namespaces = CLONE_NEWNS}, [&] {
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr), "cut off");
    execute(command);
  });
  return signals.wait(child).status();
}
int main(int argc, char** argv) {
  return frame::run(argc, argv, "mount-private [--receive] -- COMMAND...",
                    [](frame::Arguments& words) {
                      const bool receive = words.flag("--receive");
                      return run(receive, words.command());
                    });
}
