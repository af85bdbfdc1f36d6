// Wrong: the command is started first and moved afterwards; its children stay outside.
#define main reference_main
#include "11-cpu-throttle/lab.cpp"
#undef main

#include <unistd.h>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const Limit limit = parse_cpus(arguments.option("--cpus"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Child child = start({}, [&] { execute(command); });
    ::usleep(50'000);  // what a busy machine does by itself now and then
    Cgroup group(unique_name("cpu-throttle"), {"cpu"});
    set_limit(group, limit);
    group.join(child.pid());
    return signals.wait(child).status();
  });
}
