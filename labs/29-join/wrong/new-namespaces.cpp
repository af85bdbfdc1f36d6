// Wrong: begins new namespaces.

#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <sched.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/namespace.hpp"
#include "slipway/pidfd.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "join --target PID --namespaces TYPE,... -- COMMAND...";

// What is needed of the target. It is all opened before anything is joined: afterwards, the same
// number in /proc may be another process's.
struct Target {
  Descriptor pidfd;   // the process itself
  Descriptor root;    // its root folder
  Descriptor folder;  // its working folder
};

// "uts,pid" as the flags of setns(2).
std::uint64_t flags_of(const std::string& names) {
  std::uint64_t flags = 0;
  for (const std::string& name : split(names, ',')) flags |= namespace_kind(name).flag;
  return flags;
}

// Of a user namespace in which our own user has no number we would be nobody: become its root.
// Where it has none (its map is not written), nothing can be done.
void become_root_inside() {
  if (::setgroups(0, nullptr) == 0 && ::setresgid(0, 0, 0) == 0)
    check(::setresuid(0, 0, 0), "become the root of the user namespace");
}

// Takes hold of the target. Throws when there is no such process, or when it ends
// meanwhile: then the folders may be those of another process, to which its number was given.
Target take_hold(pid_t pid) {
  Target target;
  target.pidfd = open_process(pid);
  target.root = open(fmt::format("/proc/{}/root", pid), O_PATH | O_DIRECTORY);
  target.folder = open(fmt::format("/proc/{}/cwd", pid), O_PATH | O_DIRECTORY);
  if (has_ended(target.pidfd)) throw Error(fmt::format("process {} has ended", pid));
  return target;
}

// Joins those of the target's namespaces that the flags name.
void join(const Target& target, std::uint64_t flags) {
  check(::unshare(static_cast<int>(flags)), "join the namespaces (flags {:#x})", flags);
}

// Makes the target's root and working folder ours.
void enter_folders(const Target& target) {
  check(::fchdir(target.root.get()), "enter the target's root");
  check(::chroot("."), "make it our root");
  check(::fchdir(target.folder.get()), "enter the target's working folder");
}

// Runs the command, and waits for it.
int run(const std::vector<std::string>& command) {
  Signals signals;
  Child child = start({}, [&] { execute(command); });
  return signals.wait(child).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const auto pid = static_cast<pid_t>(to_number(arguments.option("--target")));
    const std::uint64_t flags = flags_of(arguments.option("--namespaces"));
    const std::vector<std::string> command = arguments.command();
    const Target target = take_hold(pid);
    join(target, flags);
    if ((flags & CLONE_NEWNS) != 0) enter_folders(target);
    if ((flags & CLONE_NEWUSER) != 0) become_root_inside();
    return run(command);
  });
}
