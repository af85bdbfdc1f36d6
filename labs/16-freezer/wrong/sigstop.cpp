// Wrong: pause and resume are SIGSTOP and SIGCONT to every process of the group.
#define main reference_main
#include "16-freezer/lab.cpp"
#undef main

#include <signal.h>

int send_all(const std::string& name, int number) {
  for (const std::string& pid : read_lines(find_group(name).folder + "/cgroup.procs"))
    ::kill(static_cast<pid_t>(to_number(pid)), number);
  return 0;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("run, pause or resume");
    const std::string name = arguments.word("NAME");
    if (action == "run") return run(name, arguments.command());
    return send_all(name, action == "pause" ? SIGSTOP : SIGCONT);
  });
}
