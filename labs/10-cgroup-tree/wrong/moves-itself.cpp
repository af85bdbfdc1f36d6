// Wrong: it moves itself, and the command inherits the group.
#define main reference_main
#include "10-cgroup-tree/lab.cpp"
#undef main

int run_wrong(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;
  Groups groups;
  for (const Hierarchy& hierarchy : find_hierarchies()) {
    groups.folders.push_back(make_group(hierarchy, name));
    join(groups.folders.back(), ::getpid());
  }
  Child child = start({}, [&] { execute(command); });
  return signals.wait(child).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    if (arguments.word("list or run") == "list") return list();
    const std::string name = arguments.word("NAME");
    return run_wrong(name, arguments.command());
  });
}
