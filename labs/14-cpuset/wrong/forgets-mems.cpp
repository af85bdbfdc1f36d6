// Wrong: half of the two lists.
#define main reference_main
#include "14-cpuset/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string cpus = arguments.option("--cpus");
    const std::string mems = arguments.option("--mems");
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("cpuset"), {"cpuset"}, Cpuset::empty);
    group.write("cpuset.cpus", cpus);
    Child child = start_in(group, command);
    return signals.wait(child).status();
  });
}
