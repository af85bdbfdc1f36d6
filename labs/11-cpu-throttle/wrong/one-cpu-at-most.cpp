// Wrong: the quota is cut at the period, so 1.5 processors become one.
#define main reference_main
#include <algorithm>

#include "11-cpu-throttle/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    Limit limit = parse_cpus(arguments.option("--cpus"));
    limit.quota = std::min(limit.quota, limit.period);
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("cpu-throttle"), {"cpu"});
    set_limit(group, limit);
    Child child = start_in(group, command);
    return signals.wait(child).status();
  });
}
