// Wrong: the command is started first and moved afterwards; its children stay outside.
#define main reference_main
#include "14-cpuset/lab.cpp"
#undef main

#include <unistd.h>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string cpus = arguments.option("--cpus");
    const std::string mems = arguments.option("--mems");
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Child child = start({}, [&] { execute(command); });
    ::usleep(200'000);  // what a busy machine does by itself now and then
    Cgroup group(unique_name("cpuset"), {"cpuset"}, Cpuset::empty);
    set_lists(group, cpus, mems);
    group.join(child.pid());
    return signals.wait(child).status();
  });
}
