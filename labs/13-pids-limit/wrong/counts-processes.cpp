// Wrong: looks every now and then, and kills the processes that are too many.
#define main reference_main
#include "13-pids-limit/lab.cpp"
#undef main

#include <signal.h>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const auto most = static_cast<size_t>(parse_max(arguments.option("--max")));
    const std::vector<std::string> command = arguments.command();
    Cgroup group(unique_name("pids-limit"), {"pids"});
    ::signal(SIGTERM, [](int) {});
    ::signal(SIGINT, [](int) {});
    Child child = start_in(group, command);
    for (;;) {
      if (const auto exit = child.wait_for(2)) return exit->status();
      const auto members = split(group.read("cgroup.procs"), '\n');
      for (size_t i = most; i + 1 < members.size(); ++i)
        ::kill(static_cast<pid_t>(to_number(members[i])), SIGKILL);
    }
  });
}
