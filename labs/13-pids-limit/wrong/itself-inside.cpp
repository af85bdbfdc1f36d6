// Wrong: the limit is set in a group that the program is in itself.
#define main reference_main
#include "13-pids-limit/lab.cpp"
#undef main

#include <unistd.h>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::int64_t most = parse_max(arguments.option("--max"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("pids-limit"), {"pids"});
    set_limit(group, most);
    group.join(::getpid());
    Child child = start({}, [&] { execute(command); });
    return signals.wait(child).status();
  });
}
