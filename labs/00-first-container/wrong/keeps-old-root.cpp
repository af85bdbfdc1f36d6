// Wrong: the old root stays mounted at /old.

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
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
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  check(::mount(rootfs.c_str(), rootfs.c_str(), nullptr, MS_BIND | MS_REC, nullptr), "bind");
  check(::chdir(rootfs.c_str()), "enter");
  ::mkdir("old", 0700);
  check(::syscall(SYS_pivot_root, ".", "old"), "pivot");
  check(::chdir("/"), "enter the root");
  check(::mount("proc", "/proc", "proc", 0, nullptr), "mount proc");
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
