// Right: another period for the same quota.
#define main reference_main
#include "11-cpu-throttle/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    Limit limit = parse_cpus(arguments.option("--cpus"));
    const std::vector<std::string> command = arguments.command();
    limit.quota /= 2;
    limit.period /= 2;
    Signals signals;
    Cgroup group(unique_name("throttled"), {"cpu"});
    set_limit(group, limit);
    Child child = start_in(group, command);
    return signals.wait(child).status();
  });
}
