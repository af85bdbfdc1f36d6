// Wrong: politeness instead of a limit.
#define main reference_main
#include "11-cpu-throttle/lab.cpp"
#undef main

#include <unistd.h>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    parse_cpus(arguments.option("--cpus"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("cpu-throttle"), {"cpu"});
    Child child = start(
        {.cgroup = group.birthplace()},
        [&] {
          ::nice(19);
          execute(command);
        },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
