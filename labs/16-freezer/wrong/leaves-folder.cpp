// Wrong: one rmdir, whose result nobody looks at.
#define main reference_main
#include "16-freezer/lab.cpp"
#undef main

#include <sys/stat.h>

int run_and_leave(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;
  const std::vector<Hierarchy> all = hierarchies();
  const std::string ours = find_hierarchy(all, "freezer")->mount + "/slipway";
  ::mkdir(ours.c_str(), 0755);
  ::mkdir((ours + "/" + name).c_str(), 0755);
  const Group group = find_group(name);
  Child child = start(
      {}, [&] { execute(command); },
      [&](pid_t pid) { write_file(group.folder + "/cgroup.procs", fmt::format("{}", pid)); });
  const int status =
      signals.wait(child, [&](int signal) { pass_on(signal, child, group); }).status();
  ::rmdir(group.folder.c_str());
  return status;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("run, pause or resume");
    const std::string name = arguments.word("NAME");
    if (action == "run") return run_and_leave(name, arguments.command());
    return action == "pause" ? pause(name) : resume(name);
  });
}
