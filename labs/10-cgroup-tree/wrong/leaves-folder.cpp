// Wrong: rmdir once, and whether it worked is not looked at.
#define main reference_main
#include "10-cgroup-tree/lab.cpp"
#undef main

int run_wrong(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;
  std::vector<std::string> folders;
  for (const Hierarchy& hierarchy : find_hierarchies())
    folders.push_back(make_group(hierarchy, name));
  Child child = start(
      {}, [&] { execute(command); },
      [&](pid_t pid) {
        for (const std::string& folder : folders) join(folder, pid);
      });
  const int status = signals.wait(child).status();
  for (const std::string& folder : folders) ::rmdir(folder.c_str());
  return status;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    if (arguments.word("list or run") == "list") return list();
    const std::string name = arguments.word("NAME");
    return run_wrong(name, arguments.command());
  });
}
