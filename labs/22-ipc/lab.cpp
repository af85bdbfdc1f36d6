// ipc: runs a command whose queues, semaphores and shared memory are its own.
// The lesson is lessons/22-ipc.md.

#include <fmt/core.h>
#include <sched.h>
#include <sys/mount.h>

#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "ipc -- COMMAND...";

//! [given]
// Where programs look for POSIX message queues as files. A machine without systemd may not have the
// folder; the queues are there all the same, and there is nothing to cover.
constexpr char window[] = "/dev/mqueue";
//! [given]

// Step 1. Shows the queues of the IPC namespace that the calling process is in at `window`, to
// those in its mount namespace and to nobody else.
void mount_queues() {
  //! [window]
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr), "cut the mounts off");
  if (!exists(window)) return;
  check(::mount("mqueue", window, "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr),
        "mount the message queues on {}", window);
  //! [window]
}

// Step 2. Starts the command with queues of its own, and with their window in place.
Child start_apart([[maybe_unused]] const std::vector<std::string>& command) {
  //! [start]
  return start({.namespaces = CLONE_NEWIPC | CLONE_NEWNS}, [&] {
    mount_queues();
    execute(command);
  });
  //! [start]
}

//! [run]
int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::vector<std::string> command = arguments.command();
    Signals signals;  // from here on SIGTERM ends the command, and we live to tell how it ended
    Child child = start_apart(command);
    return signals.wait(child).status();
  });
}
//! [run]
