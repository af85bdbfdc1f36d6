// Wrong: the limit is set in a group that the program is in itself.
#define main reference_main
#include "11-cpu-throttle/lab.cpp"
#undef main

#include <unistd.h>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const Limit limit = parse_cpus(arguments.option("--cpus"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("cpu-throttle"), {"cpu"});
    set_limit(group, limit);
    group.join(::getpid());
    Child child = start({}, [&] { execute(command); });
    return signals.wait(child).status();
  });
}
