// Wrong: a signal ends it before it has removed the group.
#define main reference_main
#include "10-cgroup-tree/lab.cpp"
#undef main

int run_wrong(const std::string& name, const std::vector<std::string>& command) {
  Groups groups;
  for (const Hierarchy& hierarchy : find_hierarchies())
    groups.folders.push_back(make_group(hierarchy, name));
  Child child = start(
      {}, [&] { execute(command); },
      [&](pid_t pid) {
        for (const std::string& folder : groups.folders) join(folder, pid);
      });
  return child.wait().status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    if (arguments.word("list or run") == "list") return list();
    const std::string name = arguments.word("NAME");
    return run_wrong(name, arguments.command());
  });
}
