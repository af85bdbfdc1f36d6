// Wrong: closes what it has opened itself, and passes on what it was given.

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/mount.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;

void become(const std::string& rootfs, const std::vector<std::string>& command) {
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make private");
  check(::mount(rootfs.c_str(), rootfs.c_str(), nullptr, MS_BIND | MS_REC, nullptr), "bind");
  mount_in_root(rootfs, {"proc", "/proc", "proc", quiet});
  check(::chdir(rootfs.c_str()), "enter");
  check(::syscall(SYS_pivot_root, ".", "."), "pivot");
  check(::umount2(".", MNT_DETACH), "detach");
  check(::chdir("/"), "enter the root");
  execute(command);
}

int run(const std::string& rootfs, const std::vector<std::string>& command) {
  Signals signals;
  Child child = start({.namespaces = CLONE_NEWNS | CLONE_NEWPID}, [&] { become(rootfs, command); });
  return signals.wait(child, SIGKILL).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "pivot-root ROOTFS -- COMMAND...", [](frame::Arguments& words) {
    const std::string rootfs = std::filesystem::absolute(words.word("ROOTFS"));
    return run(rootfs, words.command());
  });
}
