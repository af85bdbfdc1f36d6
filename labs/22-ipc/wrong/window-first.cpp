// Wrong: mounts the queues before it has its own, and so mounts the old ones.

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
  Child child = start({.namespaces = CLONE_NEWNS}, [&] {
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "cut the mounts off");
    check(::umount2("/dev/mqueue", MNT_DETACH), "unmount the old queues");
    check(::mount("mqueue", "/dev/mqueue", "mqueue", 0, nullptr), "mount the queues");
    check(::unshare(CLONE_NEWIPC), "begin an IPC namespace");
    execute(command);
  });
  return signals.wait(child).status();
}
int main(int argc, char** argv) {
  return frame::run(argc, argv, "ipc -- COMMAND...",
                    [](frame::Arguments& words) { return run(words.command()); });
}
