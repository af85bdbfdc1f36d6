// Wrong: reads as far as it understands.
#define main reference_main
#include "13-pids-limit/lab.cpp"
#undef main

#include <algorithm>
#include <cstdlib>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::int64_t most = std::max(1, std::atoi(arguments.option("--max").c_str()));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("pids-limit"), {"pids"});
    set_limit(group, most);
    Child child = start_in(group, command);
    const int status = signals.wait(child).status();
    group.write("pids.max", "0");
    return status;
  });
}
