// Wrong: cuts off before there is a copy: the mounts of the whole machine are no longer shared.

#include <sched.h>
#include <sys/mount.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

int run([[maybe_unused]] bool receive, const std::vector<std::string>& command) {
  Signals signals;
  const unsigned long kind = receive ? MS_SLAVE : MS_PRIVATE;
  check(::mount(nullptr, "/", nullptr, MS_REC | kind, nullptr), "cut off");
  Child child = start({.namespaces = CLONE_NEWNS}, [&] { execute(command); });
  return signals.wait(child).status();
}
int main(int argc, char** argv) {
  return frame::run(argc, argv, "mount-private [--receive] -- COMMAND...",
                    [](frame::Arguments& words) {
                      const bool receive = words.flag("--receive");
                      return run(receive, words.command());
                    });
}
