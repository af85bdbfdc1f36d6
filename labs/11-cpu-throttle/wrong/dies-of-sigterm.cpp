// Wrong: a signal ends it before it has removed the group.
#define main reference_main
#include "11-cpu-throttle/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const Limit limit = parse_cpus(arguments.option("--cpus"));
    const std::vector<std::string> command = arguments.command();
    Cgroup group(unique_name("cpu-throttle"), {"cpu"});
    set_limit(group, limit);
    Child child = start_in(group, command);
    return child.wait().status();
  });
}
