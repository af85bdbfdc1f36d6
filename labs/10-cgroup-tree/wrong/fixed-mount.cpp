// Wrong: the hierarchies are taken to be where they usually are.
#define main reference_main
#include "10-cgroup-tree/lab.cpp"
#undef main

int list_wrong() {
  const bool v2 = exists("/sys/fs/cgroup/cgroup.controllers");
  for (const std::string& name : known_controllers())
    if (v2)
      fmt::print("{} /sys/fs/cgroup 2\n", name);
    else
      fmt::print("{0} /sys/fs/cgroup/{0} 1\n", name);
  return 0;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    if (arguments.word("list or run") == "list") return list_wrong();
    const std::string name = arguments.word("NAME");
    return run(name, arguments.command());
  });
}
