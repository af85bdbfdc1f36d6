// Wrong: no cgroup namespace: the folder of the group is bound over the mount.

#include <sched.h>
#include <sys/mount.h>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

void bind(const Hierarchy& hierarchy, const std::string& name) {
  const std::string& place = hierarchy.mount;
  const std::string folder = place + "/slipway/" + name;
  if (!exists(folder)) return;
  check(::mount(folder.c_str(), place.c_str(), nullptr, MS_BIND, nullptr), "bind {}", folder);
}

int run(const std::vector<std::string>& command) {
  Signals signals;
  const std::vector<Hierarchy> mounted = hierarchies();
  std::vector<std::string> controllers;
  for (const Hierarchy& hierarchy : mounted)
    if (!hierarchy.controllers.empty()) controllers.push_back(hierarchy.controllers.front());
  const std::string name = unique_name("cgroup-view");
  const Cgroup group(name, controllers);
  const auto inside = [&] {
    check(::unshare(CLONE_NEWNS), "begin the namespaces");
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
    for (const Hierarchy& hierarchy : mounted) bind(hierarchy, name);
    execute(command);
  };
  Child child = start({}, inside, [&](pid_t pid) { group.join(pid); });
  return signals.wait(child).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "cgroup-view -- COMMAND...",
                    [](frame::Arguments& arguments) { return run(arguments.command()); });
}
