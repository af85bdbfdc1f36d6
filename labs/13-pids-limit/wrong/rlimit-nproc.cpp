// Wrong: a limit on the user's processes, and a group that limits nothing.
#define main reference_main
#include "13-pids-limit/lab.cpp"
#undef main

#include <sys/resource.h>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const auto most = static_cast<rlim_t>(parse_max(arguments.option("--max")));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("pids-limit"), {"pids"});
    Child child = start(
        {.cgroup = group.birthplace()},
        [&] {
          const rlimit both{most, most};
          check(::setrlimit(RLIMIT_NPROC, &both), "set the limit");
          execute(command);
        },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
