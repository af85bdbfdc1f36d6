// pivot-root: runs a command with another root, from which nothing leads back to the old one.
// The lesson is lessons/30-pivot-root.md.

#include <fmt/core.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/mount.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "pivot-root ROOTFS -- COMMAND...";

//! [given]
constexpr NewMount proc{"proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC};
//! [given]

// Step 1. Makes ROOTFS a mount of its own, with all that is mounted below it; and what happens to
// this process's mounts is from now on nobody else's affair.
void make_mount([[maybe_unused]] const std::string& rootfs) {
  //! [mount]
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  check(::mount(rootfs.c_str(), rootfs.c_str(), nullptr, MS_BIND | MS_REC, nullptr),
        "bind {} onto itself", rootfs);
  //! [mount]
}

// Step 2. Puts ROOTFS in the place of the root, and the old root on top of it, as the working
// folder.
void swap_roots([[maybe_unused]] const std::string& rootfs) {
  //! [swap]
  check(::chdir(rootfs.c_str()), "enter {}", rootfs);
  check(::syscall(SYS_pivot_root, ".", "."), "make {} the root", rootfs);
  //! [swap]
}

// Step 3. Takes the old root away, with all that is mounted below it, and leaves it.
void detach_old_root() {
  //! [detach]
  check(::umount2(".", MNT_DETACH), "detach the old root");
  check(::chdir("/"), "enter the new root");
  //! [detach]
}

// Step 4. The command gets the descriptors 0, 1 and 2, and no other: not ours, and none that we
// have got ourselves. Until it runs they stay open, for `start` needs one to tell of an error.
void close_all_on_exec() {
  //! [close]
  check(::syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC), "close all descriptors on exec");
  //! [close]
}

//! [inside]
// The child's half. /proc is mounted while there is another one to be seen, which the kernel wants
// of those who are root in a user namespace only; and resolved as if ROOTFS were the root already.
void become(const std::string& rootfs, const std::vector<std::string>& command) {
  make_mount(rootfs);
  mount_in_root(rootfs, proc);
  swap_roots(rootfs);
  detach_old_root();
  close_all_on_exec();
  execute(command);
}
//! [inside]

//! [run]
int run(const std::string& rootfs, const std::vector<std::string>& command) {
  Signals signals;
  Child child = start({.namespaces = CLONE_NEWNS | CLONE_NEWPID}, [&] { become(rootfs, command); });
  return signals.wait(child, SIGKILL).status();  // it is the init of its pid namespace
}
//! [run]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    // Its whole path: "." would go on to mean the folder below what is mounted on it.
    const std::string rootfs = std::filesystem::absolute(arguments.word("ROOTFS"));
    return run(rootfs, arguments.command());
  });
}
