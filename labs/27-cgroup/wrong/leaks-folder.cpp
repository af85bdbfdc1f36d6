// Wrong: a descriptor of the old top of the tree goes through exec to the command.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

void mount_anew(const Hierarchy& hierarchy) {
  const std::string& place = hierarchy.mount;
  const char* type = hierarchy.version == 2 ? "cgroup2" : "cgroup";
  std::string options;
  if (hierarchy.version == 1) {
    if (hierarchy.controllers.front().starts_with("name=")) options = "none";
    for (const std::string& word : hierarchy.controllers)
      options += (options.empty() ? "" : ",") + word;
  }
  check(::umount2(place.c_str(), MNT_DETACH), "unmount {}", place);
  check(::mount(type, place.c_str(), type, 0, options.c_str()), "mount {} on {}", type, place);
}

int run(const std::vector<std::string>& command) {
  Signals signals;
  const std::vector<Hierarchy> mounted = hierarchies();
  std::vector<std::string> controllers;
  for (const Hierarchy& hierarchy : mounted)
    if (!hierarchy.controllers.empty()) controllers.push_back(hierarchy.controllers.front());
  const Cgroup group(unique_name("cgroup-view"), controllers);
  const int top =
      check(::open(mounted.front().mount.c_str(), O_RDONLY | O_DIRECTORY), "open the top");
  const auto inside = [&] {
    check(::unshare(CLONE_NEWCGROUP | CLONE_NEWNS), "begin the namespaces");
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
    for (const Hierarchy& hierarchy : mounted) mount_anew(hierarchy);
    check(::fchdir(top), "remember where the top is");
    check(::chdir("/"), "go back");
    execute(command);
  };
  Child child = start({}, inside, [&](pid_t pid) { group.join(pid); });
  return signals.wait(child).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "cgroup-view -- COMMAND...",
                    [](frame::Arguments& arguments) { return run(arguments.command()); });
}
