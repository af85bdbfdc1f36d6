// Wrong: the command is started first and moved afterwards; its children stay outside.
#define main reference_main
#include "13-pids-limit/lab.cpp"
#undef main

#include <unistd.h>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::int64_t most = parse_max(arguments.option("--max"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Child child = start({}, [&] { execute(command); });
    ::usleep(200'000);  // what a busy machine does by itself now and then
    Cgroup group(unique_name("pids-limit"), {"pids"});
    set_limit(group, most);
    group.join(child.pid());
    return signals.wait(child).status();
  });
}
