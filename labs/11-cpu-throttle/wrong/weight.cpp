// Wrong: a weight instead of a limit.
#define main reference_main
#include <algorithm>

#include "11-cpu-throttle/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const Limit limit = parse_cpus(arguments.option("--cpus"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("cpu-throttle"), {"cpu"});
    const double cpus = static_cast<double>(limit.quota) / static_cast<double>(limit.period);
    if (group.version("cpu") == 2)
      group.write("cpu.weight", fmt::format("{}", std::max(1, static_cast<int>(cpus * 100))));
    else
      group.write("cpu.shares", fmt::format("{}", std::max(2, static_cast<int>(cpus * 1024))));
    Child child = start_in(group, command);
    return signals.wait(child).status();
  });
}
