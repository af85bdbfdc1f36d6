// cgroup-tree: finds the hierarchies of control groups, and runs a command in a group of its own.
// The lesson is lessons/10-cgroup-tree.md.

#include <fmt/core.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/mount.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "cgroup-tree list | cgroup-tree run NAME -- COMMAND...";

//! [given]
struct Hierarchy {
  std::string mount;                     // where it is mounted
  int version;                           // 1 or 2
  std::vector<std::string> controllers;  // those that it has here, maybe none
};

// Every controller that this kernel knows, whether it is mounted or not: column 1 of /proc/cgroups.
std::vector<std::string> known_controllers() {
  std::vector<std::string> names;
  for (const std::string& line : read_lines("/proc/cgroups"))
    if (!line.starts_with('#')) names.push_back(line.substr(0, line.find('\t')));
  return names;
}

// In a new v1 cpuset both lists are empty, and nobody can join before they are filled: lab 14.
void fill_cpuset(const std::string& folder, const std::string& parent) {
  for (const char* list : {"/cpuset.cpus", "/cpuset.mems"})
    if (exists(folder + list) && exists(parent + list) && read_file(folder + list) == "\n")
      write_file(folder + list, read_file(parent + list));
}
//! [given]

// Step 1. All hierarchies that are mounted.
std::vector<Hierarchy> find_hierarchies() {
  //! [hierarchies]
  const std::vector<std::string> known = known_controllers();
  std::vector<Hierarchy> found;
  for (const Mount& mount : mounts()) {
    if (mount.type == "cgroup2") {
      std::string line = read_file(mount.target + "/cgroup.controllers");
      while (line.ends_with('\n')) line.pop_back();
      found.push_back(
          {mount.target, 2, line.empty() ? std::vector<std::string>() : split(line, ' ')});
    } else if (mount.type == "cgroup") {
      Hierarchy hierarchy{mount.target, 1, {}};
      for (const std::string& option : mount.super_options)
        if (std::ranges::find(known, option) != known.end())
          hierarchy.controllers.push_back(option);
      found.push_back(hierarchy);
    }
  }
  return found;
  //! [hierarchies]
}

// Step 2. The folder of the group NAME in one hierarchy, made if it is not there:
// MOUNT/slipway/NAME.
std::string make_group([[maybe_unused]] const Hierarchy& hierarchy,
                       [[maybe_unused]] const std::string& name) {
  //! [make]
  const std::string ours = hierarchy.mount + "/slipway";
  const std::string folder = ours + "/" + name;
  if (!exists(ours)) check(::mkdir(ours.c_str(), 0755), "make the group {}", ours);
  fill_cpuset(ours, hierarchy.mount);
  check(::mkdir(folder.c_str(), 0755), "make the group {}", folder);
  fill_cpuset(folder, ours);
  return folder;
  //! [make]
}

// Step 3. Puts a process into a group. It is called while the child waits at the gate, before it
// becomes the command.
void join([[maybe_unused]] const std::string& folder, [[maybe_unused]] pid_t pid) {
  //! [join]
  write_file(folder + "/cgroup.procs", fmt::format("{}", pid));
  //! [join]
}

// Step 4. Removes a group, whoever may still be in it.
void remove_group([[maybe_unused]] const std::string& folder) {
  //! [remove]
  for (int attempt = 0; ::rmdir(folder.c_str()) == -1; ++attempt) {
    if (errno != EBUSY || attempt == 1000) check(-1, "remove the group {}", folder);
    for (const std::string& pid : read_lines(folder + "/cgroup.procs"))
      ::kill(static_cast<pid_t>(to_number(pid)), SIGKILL);
    ::usleep(1000 * 10);  // the dead leave the group a moment after the signal
  }
  //! [remove]
}

//! [run]
int list() {
  const std::vector<Hierarchy> hierarchies = find_hierarchies();
  std::vector<std::string> names = known_controllers();
  for (const Hierarchy& hierarchy : hierarchies)  // v2 has some under other names
    for (const std::string& controller : hierarchy.controllers)
      if (std::ranges::find(names, controller) == names.end()) names.push_back(controller);
  for (const std::string& name : names) {
    const auto here = std::ranges::find_if(hierarchies, [&](const Hierarchy& hierarchy) {
      return std::ranges::find(hierarchy.controllers, name) != hierarchy.controllers.end();
    });
    if (here == hierarchies.end())
      fmt::print("{} - -\n", name);
    else
      fmt::print("{} {} {}\n", name, here->mount, here->version);
  }
  return 0;
}

struct Groups {
  std::vector<std::string> folders;
  ~Groups() {
    for (const std::string& folder : folders) {
      try {
        remove_group(folder);
        ::rmdir(folder.substr(0, folder.rfind('/')).c_str());  // `slipway`, if it is empty now
      } catch (const std::exception& error) {
        fmt::print(stderr, "cgroup-tree: {}\n", error.what());
      }
    }
  }
};

int run(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;  // from here on SIGTERM ends the command, and we live to clean up
  Groups groups;
  for (const Hierarchy& hierarchy : find_hierarchies())
    groups.folders.push_back(make_group(hierarchy, name));
  Child child = start(
      {}, [&] { execute(command); },
      [&](pid_t pid) {
        for (const std::string& folder : groups.folders) join(folder, pid);
      });
  return signals.wait(child).status();
}
//! [run]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("list or run");
    if (action == "list") return arguments.end(), list();
    if (action != "run") throw Error(fmt::format("\"{}\" is neither list nor run", action));
    const std::string name = arguments.word("NAME");
    return run(name, arguments.command());
  });
}
