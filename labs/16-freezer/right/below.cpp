// Right: the group NAME is frozen, and the command is in a group below it.
#define main reference_main
#include "16-freezer/lab.cpp"
#undef main

#include <sys/stat.h>

int run_below(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;
  const Cgroup cgroup(name, {"freezer"});  // removes groups below, too
  const Group group = find_group(name);
  const std::string below = group.folder + "/command";
  check(::mkdir(below.c_str(), 0755), "make the group {}", below);
  Child child = start(
      {}, [&] { execute(command); },
      [&](pid_t pid) { write_file(below + "/cgroup.procs", fmt::format("{}", pid)); });
  return signals.wait(child, [&](int signal) { pass_on(signal, child, group); }).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("run, pause or resume");
    const std::string name = arguments.word("NAME");
    if (action == "run") return run_below(name, arguments.command());
    return action == "pause" ? pause(name) : resume(name);
  });
}
