// mount-private: runs a command whose mounts nobody else sees.
// The lesson is lessons/24-mount.md.

#include <fmt/core.h>
#include <sched.h>
#include <sys/mount.h>

#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "mount-private [--receive] -- COMMAND...";

//! [given]
// What news of mounts goes between the command's mount namespace and the one outside.
enum class News {
  none,      // neither side hears of the other
  incoming,  // --receive: what is mounted and unmounted outside later happens inside, too
};
//! [given]

// Step 1. Cuts all mounts that the calling process sees off from their copies elsewhere: nothing
// goes out any more, and what comes in is told by `news`.
void cut_off([[maybe_unused]] News news) {
  //! [cut]
  const unsigned long kind = news == News::incoming ? MS_SLAVE : MS_PRIVATE;
  check(::mount(nullptr, "/", nullptr, MS_REC | kind, nullptr), "cut the mounts off");
  //! [cut]
}

// Step 2. Starts the command in a mount namespace of its own, with its mounts cut off before it
// runs. Those of everybody else stay as they are.
Child start_apart([[maybe_unused]] News news,
                  [[maybe_unused]] const std::vector<std::string>& command) {
  //! [start]
  return start({.namespaces = CLONE_NEWNS}, [&] {
    cut_off(news);
    execute(command);
  });
  //! [start]
}

//! [run]
int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const News news = arguments.flag("--receive") ? News::incoming : News::none;
    const std::vector<std::string> command = arguments.command();
    Signals signals;  // from here on SIGTERM ends the command, and we live to tell how it ended
    Child child = start_apart(news, command);
    return signals.wait(child).status();
  });
}
//! [run]
