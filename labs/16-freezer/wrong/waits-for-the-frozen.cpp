// Wrong: a signal is passed on to a frozen command, and nobody thaws it.
#define main reference_main
#include "16-freezer/lab.cpp"
#undef main

int run_and_wait(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;
  const Cgroup cgroup(name, {"freezer"});
  Child child = start(
      {.cgroup = cgroup.birthplace()}, [&] { execute(command); },
      [&](pid_t pid) { cgroup.join(pid); });
  return signals.wait(child).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("run, pause or resume");
    const std::string name = arguments.word("NAME");
    if (action == "run") return run_and_wait(name, arguments.command());
    return action == "pause" ? pause(name) : resume(name);
  });
}
