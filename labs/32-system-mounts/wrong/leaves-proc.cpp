// Wrong: a second proc, without masks, for its own use, which it forgets.

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <filesystem>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/masked_paths.hpp"
#include "slipway/process.hpp"
#include "slipway/root.hpp"
#include "slipway/signals.hpp"
#include "slipway/system_mounts.hpp"

using namespace slipway;

void furnish(const std::string& rootfs) {
  mount_system(rootfs);
  make_folder_in_root(rootfs, "/run/proc");
  mount_in_root(rootfs, {"/proc", "/run/proc", nullptr, MS_BIND});
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
