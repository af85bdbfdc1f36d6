// first-container: runs a command in a container, with a root, a host name and processes of its
// own. The lesson is lessons/00-first-container.md.

#include <fmt/core.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/namespace.hpp"
#include "slipway/process.hpp"
#include "slipway/root.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "first-container ROOTFS COMMAND...";
constexpr std::string_view host_name = "first-container";

// Step 1. What the container has for itself: flags of clone(2), joined by "|".
std::uint64_t namespaces() {
  //! [namespaces]
  return CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWNS;
  //! [namespaces]
}

//! [inside]
// The child's half. What it sets here is set in its own namespaces, and nowhere else.
void become_container(const std::string& rootfs, const std::vector<std::string>& command) {
  check(::sethostname(host_name.data(), host_name.size()), "set the host name {}", host_name);
  enter_root(rootfs);
  check(::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr),
        "mount proc on {}/proc", rootfs);
  execute(command);
}
//! [inside]

//! [guard]
// The parent's half, while the child waits. Without a list of mounts of its own, the child would
// take away the root of the whole machine.
void guard(pid_t child) {
  const NamespaceKind& mounts = namespace_kind("mnt");
  if (namespace_inode(child, mounts) == namespace_inode(::getpid(), mounts))
    throw Error("the container shares the machine's mounts, so it was not started: step 1");
}
//! [guard]

//! [run]
int run(const std::string& rootfs, const std::vector<std::string>& command) {
  Signals signals;  // from here on SIGTERM does not end us before the container has ended
  Child container = start(
      {.namespaces = namespaces()}, [&] { become_container(rootfs, command); }, guard);
  // The first process of a pid namespace may ignore every signal but this one.
  return signals.wait(container, SIGKILL).status();
}
//! [run]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string rootfs = arguments.word("ROOTFS");
    return run(rootfs, arguments.rest());
  });
}
