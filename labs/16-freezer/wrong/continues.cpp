// Wrong: resume sends SIGCONT, which means nothing to a frozen process.
#define main reference_main
#include "16-freezer/lab.cpp"
#undef main

#include <signal.h>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("run, pause or resume");
    const std::string name = arguments.word("NAME");
    if (action == "run") return run(name, arguments.command());
    if (action == "pause") return pause(name);
    for (const std::string& pid : read_lines(find_group(name).folder + "/cgroup.procs"))
      ::kill(static_cast<pid_t>(to_number(pid)), SIGCONT);
    return 0;
  });
}
