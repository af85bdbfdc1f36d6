// Right: where there is v2 the command is born in the group (CLONE_INTO_CGROUP), and joins those of
// v1 at the gate. The group stands at the top of each tree, not below `slipway`.
#define main reference_main
#include "10-cgroup-tree/lab.cpp"
#undef main

#include <fcntl.h>

namespace {

int run_born(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;
  struct Made {
    std::vector<std::string> folders;
    ~Made() {
      for (const std::string& folder : folders) remove_group(folder);
    }
  } made;
  Descriptor birthplace;
  for (const Hierarchy& hierarchy : find_hierarchies()) {
    const std::string folder = hierarchy.mount + "/" + name;
    check(::mkdir(folder.c_str(), 0755), "make the group {}", folder);
    fill_cpuset(folder, hierarchy.mount);
    made.folders.push_back(folder);
    if (hierarchy.version == 2) birthplace = open(folder, O_RDONLY | O_DIRECTORY);
  }
  Child child = start(
      {.cgroup = birthplace.get()}, [&] { execute(command); },
      [&](pid_t pid) {
        for (const std::string& folder : made.folders)
          if (!exists(folder + "/cgroup.events")) join(folder, pid);  // a group of v1
      });
  return signals.wait(child).status();
}

}  // namespace

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    if (arguments.word("list or run") == "list") return list();
    const std::string name = arguments.word("NAME");
    return run_born(name, arguments.command());
  });
}
