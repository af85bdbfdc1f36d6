// Wrong: the command is moved when it runs already; its children stay outside.
#define main reference_main
#include "16-freezer/lab.cpp"
#undef main

int run_late(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;
  const Cgroup cgroup(name, {"freezer"});
  const Group group = find_group(name);
  Child child = start({}, [&] { execute(command); });
  ::usleep(50'000);  // what a busy machine does by itself now and then
  cgroup.join(child.pid());
  return signals.wait(child, [&](int signal) { pass_on(signal, child, group); }).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("run, pause or resume");
    const std::string name = arguments.word("NAME");
    if (action == "run") return run_late(name, arguments.command());
    return action == "pause" ? pause(name) : resume(name);
  });
}
