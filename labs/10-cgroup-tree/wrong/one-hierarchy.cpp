// Wrong: the group is made in one hierarchy of v1 only, as old instructions have it.
#define main reference_main
#include <algorithm>

#include "10-cgroup-tree/lab.cpp"
#undef main

int run_wrong(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;
  Groups groups;
  for (const Hierarchy& hierarchy : find_hierarchies())
    if (hierarchy.version == 1 &&
        std::ranges::find(hierarchy.controllers, "cpu") != hierarchy.controllers.end())
      groups.folders.push_back(make_group(hierarchy, name));
  Child child = start(
      {}, [&] { execute(command); },
      [&](pid_t pid) {
        for (const std::string& folder : groups.folders) join(folder, pid);
      });
  return signals.wait(child).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    if (arguments.word("list or run") == "list") return list();
    const std::string name = arguments.word("NAME");
    return run_wrong(name, arguments.command());
  });
}
