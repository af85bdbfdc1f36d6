// cgroup-view: runs a command in a group of its own that it takes for the top of the tree.
// The lesson is lessons/27-cgroup.md.

#include <fmt/core.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "cgroup-view -- COMMAND...";

//! [given]
constexpr unsigned long mount_flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

// The type and the options with which a hierarchy is mounted, as it is now: "cgroup2" and nothing,
// or "cgroup" and its controllers.
struct Kind {
  const char* type;
  std::string options;
};

Kind kind_of(const Hierarchy& hierarchy) {
  if (hierarchy.version == 2) return {"cgroup2", ""};
  std::string options = hierarchy.controllers.front().starts_with("name=") ? "none" : "";
  for (const std::string& word : hierarchy.controllers)
    options += (options.empty() ? "" : ",") + word;
  return {"cgroup", options};
}

// A controller of each hierarchy, which is what a group in all of them is made with.
std::vector<std::string> one_of_each() {
  std::vector<std::string> names;
  for (const Hierarchy& hierarchy : hierarchies())
    if (!hierarchy.controllers.empty()) names.push_back(hierarchy.controllers.front());
  return names;
}
//! [given]

// Step 1. In the child, which is in its group: that group becomes the root of all that it and its
// children see in /proc/PID/cgroup. What is mounted from here on is mounted for it alone.
void begin_namespaces() {
  //! [begin]
  // A cgroup namespace begins at the group that one is in at this moment.
  check(::unshare(CLONE_NEWCGROUP | CLONE_NEWNS), "begin a cgroup and a mount namespace");
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  //! [begin]
}

// Step 2. In its place, a hierarchy is mounted anew: with the namespace's root as its top.
void mount_anew([[maybe_unused]] const Hierarchy& hierarchy) {
  //! [mount]
  const Kind kind = kind_of(hierarchy);
  const std::string& place = hierarchy.mount;
  // The old one first: the same file system twice at one place is refused (EBUSY), and under
  // another mount it would still be there for whoever takes that away.
  check(::umount2(place.c_str(), MNT_DETACH), "unmount {}", place);
  check(::mount(kind.type, place.c_str(), kind.type, mount_flags, kind.options.c_str()),
        "mount {} on {}", kind.type, place);
  //! [mount]
}

// Step 3. Starts the command: joined before it begins its namespaces, and in them before it runs.
Child start_inside([[maybe_unused]] const Cgroup& group,
                   [[maybe_unused]] const std::vector<std::string>& command) {
  //! [start]
  const std::vector<Hierarchy> mounted = hierarchies();
  const auto inside = [&] {
    begin_namespaces();
    for (const Hierarchy& hierarchy : mounted) mount_anew(hierarchy);
    execute(command);
  };
  return start({}, inside, [&](pid_t pid) { group.join(pid); });
  //! [start]
}

//! [run]
int run(const std::vector<std::string>& command) {
  Signals signals;  // from here on SIGTERM ends the command, and we live to clean up
  const Cgroup group(unique_name("cgroup-view"), one_of_each());  // its end removes it
  Child child = start_inside(group, command);
  return signals.wait(child).status();
}
//! [run]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage,
                    [](frame::Arguments& arguments) { return run(arguments.command()); });
}
