// Wrong: takes the old /proc along instead of mounting a new one.

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/root.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

void inside(const std::string& rootfs, const std::vector<std::string>& command) {
  check(::sethostname("inside", 6), "set the host name");
  const std::string place = rootfs + "/proc";
  check(::mount("/proc", place.c_str(), nullptr, MS_BIND | MS_REC, nullptr), "bind /proc");
  enter_root(rootfs);
  execute(command);
}

int run(const std::string& rootfs, const std::vector<std::string>& command) {
  Signals signals;
  Child child = start({.namespaces = CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWNS},
                      [&] { inside(rootfs, command); });
  return signals.wait(child, SIGKILL).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "first-container ROOTFS COMMAND...", [](frame::Arguments& words) {
    const std::string rootfs = words.word("ROOTFS");
    return run(rootfs, words.rest());
  });
}
