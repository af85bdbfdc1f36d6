// Wrong: a /dev/shm for root alone.

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <filesystem>

#include "frame/frame.hpp"
#include "slipway/device.hpp"
#include "slipway/error.hpp"
#include "slipway/masked_paths.hpp"
#include "slipway/process.hpp"
#include "slipway/root.hpp"
#include "slipway/signals.hpp"
#include "slipway/system_mounts.hpp"

using namespace slipway;

constexpr unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;

void furnish(const std::string& rootfs) {
  for (const NewMount& mount : {NewMount{"proc", "/proc", "proc", quiet},
                                NewMount{"sysfs", "/sys", "sysfs", quiet | MS_RDONLY},
                                NewMount{"tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=755"},
                                NewMount{"devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
                                         "newinstance,ptmxmode=0666,mode=0620"},
                                NewMount{"shm", "/dev/shm", "tmpfs", quiet, "mode=755"},
                                NewMount{"mqueue", "/dev/mqueue", "mqueue", quiet}}) {
    make_folder_in_root(rootfs, mount.target);
    mount_in_root(rootfs, mount);
  }
  make_devices(open_in_root(rootfs, "/dev", O_PATH | O_DIRECTORY));
}

void become(const std::string& rootfs, const std::vector<std::string>& command) {
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make private");
  furnish(rootfs);
  enter_root(rootfs);
  for (const char* path : masked_paths) mask(path);
  for (const char* path : readonly_paths) make_read_only(path);
  check(::prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN), "give up CAP_SYS_ADMIN");
  execute(command);
}

int run(const std::string& rootfs, const std::vector<std::string>& command) {
  constexpr auto namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC;
  Signals signals;
  Child child = start({.namespaces = namespaces}, [&] { become(rootfs, command); });
  return signals.wait(child, SIGKILL).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "system-mounts ROOTFS -- COMMAND...", [](frame::Arguments& words) {
    const std::string rootfs = std::filesystem::absolute(words.word("ROOTFS"));
    return run(rootfs, words.command());
  });
}
