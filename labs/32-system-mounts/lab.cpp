// system-mounts: runs a command in a root that has what programs expect of a system, and where
// nothing of this machine is to be read or changed. The lesson is lessons/32-system-mounts.md.

#include <fmt/core.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/device.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/masked_paths.hpp"
#include "slipway/mount.hpp"
#include "slipway/process.hpp"
#include "slipway/root.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "system-mounts ROOTFS -- COMMAND...";

//! [given]
constexpr unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;

// A namespace for each thing that is seen in what will be mounted: processes in /proc, the links of
// a network in /sys, message queues in /dev/mqueue.
constexpr std::uint64_t namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC;
//! [given]

// Step 1. What is mounted at /proc, /sys, /dev, /dev/pts, /dev/shm and /dev/mqueue, in that order:
// {source, target, type, flags, data}.
std::vector<NewMount> system_table() {
  //! [table]
  return {{"proc", "/proc", "proc", quiet},
          {"sysfs", "/sys", "sysfs", quiet | MS_RDONLY},
          {"tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=755,size=64m"},
          {"devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
           "newinstance,ptmxmode=0666,mode=0620"},
          {"shm", "/dev/shm", "tmpfs", quiet, "mode=1777,size=64m"},
          {"mqueue", "/dev/mqueue", "mqueue", quiet}};
  //! [table]
}

// Step 2. Puts a device into the open folder `dev`, the new /dev: makes a node, or, where that is
// not permitted, binds the one that the old /dev has.
void put_device([[maybe_unused]] const Descriptor& dev, [[maybe_unused]] const DeviceNode& device) {
  //! [device]
  const dev_t number = makedev(device.major, device.minor);
  if (::mknodat(dev.get(), device.name, S_IFCHR | 0666, number) == 0) return;
  if (errno != EPERM) fail(errno, "make the device {}", device.name);
  const std::string old = fmt::format("/dev/{}", device.name);
  const std::string place = fmt::format("/proc/self/fd/{}/{}", dev.get(), device.name);
  open(place, O_WRONLY | O_CREAT | O_EXCL);
  check(::mount(old.c_str(), place.c_str(), nullptr, MS_BIND, nullptr), "bind {}", old);
  //! [device]
}

// Step 3. In the new root: hides what is at `path`. There may be nothing.
void hide([[maybe_unused]] const std::string& path) {
  //! [hide]
  if (!exists(path)) return;
  if (std::filesystem::is_directory(path))
    check(::mount("tmpfs", path.c_str(), "tmpfs", quiet | MS_RDONLY, "size=4k"), "hide {}", path);
  else
    check(::mount("/dev/null", path.c_str(), nullptr, MS_BIND, nullptr), "hide {}", path);
  //! [hide]
}

// Step 4. In the new root: makes what is at `path` read-only. There may be nothing.
void protect([[maybe_unused]] const std::string& path) {
  //! [protect]
  if (!exists(path)) return;
  check(::mount(path.c_str(), path.c_str(), nullptr, MS_BIND | MS_REC, nullptr), "bind {}", path);
  constexpr unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | quiet;
  check(::mount(nullptr, path.c_str(), nullptr, flags, nullptr), "make {} read-only", path);
  //! [protect]
}

// Step 5. Sees to it that the command cannot undo steps 3 and 4.
void lock_mounts() {
  //! [lock]
  check(::prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN), "give up CAP_SYS_ADMIN");
  //! [lock]
}

//! [outside]
// What needs something of the old root: another proc and sysfs to be seen, which the kernel wants
// of who is root in a user namespace only, and the old devices.
void furnish(const std::string& rootfs) {
  for (const NewMount& mount : system_table()) {
    make_folder_in_root(rootfs, mount.target);
    mount_in_root(rootfs, mount);
  }
  const Descriptor dev = open_in_root(rootfs, "/dev", O_PATH | O_DIRECTORY);
  const mode_t mask = ::umask(0);
  for (const DeviceNode& device : device_nodes) put_device(dev, device);
  ::umask(mask);
  for (const DeviceLink& link : device_links)
    check(::symlinkat(link.text, dev.get(), link.name), "make the link /dev/{}", link.name);
}
//! [outside]

//! [inside]
void become(const std::string& rootfs, const std::vector<std::string>& command) {
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  furnish(rootfs);
  enter_root(rootfs);
  for (const char* path : masked_paths) hide(path);
  for (const char* path : readonly_paths) protect(path);
  lock_mounts();
  execute(command);
}

int run(const std::string& rootfs, const std::vector<std::string>& command) {
  Signals signals;
  Child child = start({.namespaces = namespaces}, [&] { become(rootfs, command); });
  return signals.wait(child, SIGKILL).status();  // it is the init of its pid namespace
}
//! [inside]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string rootfs = std::filesystem::absolute(arguments.word("ROOTFS"));
    return run(rootfs, arguments.command());
  });
}
