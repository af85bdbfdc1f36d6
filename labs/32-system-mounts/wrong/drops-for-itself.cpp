// Wrong: exec gives back to root what it has given up.

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/masked_paths.hpp"
#include "slipway/process.hpp"
#include "slipway/root.hpp"
#include "slipway/signals.hpp"
#include "slipway/system_mounts.hpp"

using namespace slipway;

void give_up_for_itself() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2];
  check(::syscall(SYS_capget, &header, sets), "read the capabilities");
  sets[0].effective &= ~(1U << CAP_SYS_ADMIN);
  sets[0].permitted &= ~(1U << CAP_SYS_ADMIN);
  check(::syscall(SYS_capset, &header, sets), "give up CAP_SYS_ADMIN");
}

void become(const std::string& rootfs, const std::vector<std::string>& command) {
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make private");
  mount_system(rootfs);
  enter_root(rootfs);
  for (const char* path : masked_paths) mask(path);
  for (const char* path : readonly_paths) make_read_only(path);
  give_up_for_itself();
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
